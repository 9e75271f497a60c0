import type { Sql } from '../../database/database.js';

/** How it goes with the queue, for an operator. */
export interface Survey {
  /** Registered by anybody; the config's topics and the lanes of direct messages are not among them. */
  webhooks: number;
  paused: number;
  disabled: number;
  /** Ids of up to 20 lanes whose webhook is failing, those failing longest first, and of how many. */
  failing: string[];
  failingCount: number;
  /** Of what waits for webhooks that are neither paused nor disabled, by when its age began; null: nothing waits. */
  oldestWaitingSeconds: number | null;
  oldestWaitingFor: string | null;
  /** Lanes that have something to send, which nobody holds. */
  unattended: number;
  /** Since any process said that it was there; null: none is known. */
  lastHeardSeconds: number | null;
  deadLettersOfDay: number;
}

const MOST_FAILING = 20;
const MOST_COUNTED = 100_000;

/**
 * One probe of an index for each lane, as `claim.ts` has it: nothing is counted that may be millions, but for dead letters
 * of a day, up to so many.
 */
const SURVEY = `
WITH lane AS (
  SELECT l.id, l.webhook_id, l.failing_since, l.leased_until, w.origin,
    w.paused_at IS NOT NULL AS is_paused, w.disabled_at IS NOT NULL AS is_disabled,
    (SELECT d.age_from FROM hooktide.delivery AS d
     WHERE d.lane_id = l.id AND d.id > l.floor_id ORDER BY d.lane_id, d.id LIMIT 1) AS oldest
  FROM hooktide.lane AS l JOIN hooktide.webhook AS w ON w.lane_id = l.id WHERE l.closed_at IS NULL
), active AS (SELECT * FROM lane WHERE NOT is_paused AND NOT is_disabled)
SELECT
  (SELECT count(*)::int FROM lane WHERE origin IN ('client', 'sail')) AS webhooks,
  (SELECT count(*)::int FROM lane WHERE is_paused) AS paused,
  (SELECT count(*)::int FROM lane WHERE is_disabled) AS disabled,
  ARRAY(SELECT webhook_id FROM active WHERE failing_since IS NOT NULL ORDER BY failing_since LIMIT ${MOST_FAILING}) AS failing,
  (SELECT count(*)::int FROM active WHERE failing_since IS NOT NULL) AS "failingCount",
  (SELECT extract(epoch FROM now() - min(oldest))::float8 FROM active) AS "oldestWaitingSeconds",
  (SELECT webhook_id FROM active WHERE oldest IS NOT NULL ORDER BY oldest LIMIT 1) AS "oldestWaitingFor",
  (SELECT count(*)::int FROM active WHERE oldest IS NOT NULL AND failing_since IS NULL
     AND coalesce(leased_until <= now(), true)) AS unattended,
  (SELECT extract(epoch FROM now() - max(seen_at))::float8 FROM hooktide.process) AS "lastHeardSeconds",
  (SELECT count(*)::int FROM (
     SELECT FROM hooktide.dead_letter WHERE dropped_at > now() - interval '1 day' LIMIT ${MOST_COUNTED}
   ) AS d) AS "deadLettersOfDay"`;

export async function readSurvey(sql: Sql): Promise<Survey> {
  const [row] = await sql.query<Survey>(SURVEY);
  return row!;
}

/** Where webhooks lead, for who looks whether that is reached. */
export interface Place {
  id: string;
  uri: string;
  onlyTo: string[] | null;
  sealed: string | null;
}

const PLACES = `
SELECT id, uri, only_to AS "onlyTo", sealed FROM hooktide.webhook
WHERE disabled_at IS NULL AND paused_at IS NULL AND origin <> 'message' ORDER BY id LIMIT $1`;
const PLACE = `SELECT id, uri, only_to AS "onlyTo", sealed FROM hooktide.webhook WHERE id = $1`;

/** Of webhooks that something is sent to. */
export function listPlaces(sql: Sql, limit: number): Promise<Place[]> {
  return sql.query(PLACES, [limit]);
}

export async function findPlace(sql: Sql, id: string): Promise<Place | null> {
  const [row] = await sql.query<Place>(PLACE, [id]);
  return row ?? null;
}

const SEALED_WEBHOOKS = `SELECT id, sealed FROM hooktide.webhook WHERE sealed IS NOT NULL ORDER BY id LIMIT $1`;
const SEALED_MESSAGES = `
SELECT id::text, direct ->> 'authorization' AS sealed FROM (
  SELECT id, direct FROM hooktide.update WHERE type = 'MESSAGE' ORDER BY id DESC LIMIT $1
) AS newest WHERE direct ? 'authorization'`;

export interface Sealed {
  id: string;
  sealed: string;
}

/** What is sealed, to see whether it opens. Of messages the newest: of those that were sealed long ago few are left. */
export async function listSealed(sql: Sql, limit: number): Promise<{ webhooks: Sealed[]; messages: Sealed[] }> {
  return {
    webhooks: await sql.query<Sealed>(SEALED_WEBHOOKS, [limit]),
    messages: await sql.query<Sealed>(SEALED_MESSAGES, [limit]),
  };
}
