import { randomUUID } from 'node:crypto';
import type { Hooktide } from './hooktide.js';
import { until } from './until.js';

/** What the specs of jobs have in common. */

/** A job as the API shows it. */
export interface ShownJob {
  id: number;
  state: string;
  why: { code: string; detail: string } | null;
  total: number | null;
  isTotalExact: boolean;
  done: number;
  skipped: number;
  perSecond: number | null;
  estimatedEndAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  error: string | null;
}

/** Registers a paused webhook, for what is queued to stay there; answers with its lane. */
export async function addWebhook(hooktide: Pick<Hooktide, 'api' | 'sql'>, id: string): Promise<number> {
  await hooktide.api('POST', '/api/webhooks', { id, type: 'REQUEST', uri: 'http://127.0.0.1:9/' });
  await hooktide.api('POST', `/api/webhooks/${id}/pause`);
  const [row] = await hooktide.sql<{ laneId: string }>(
    `SELECT lane_id AS "laneId" FROM hooktide.webhook WHERE id = $1`,
    [id],
  );
  return Number(row?.laneId);
}

const UPDATES = `
  u AS (
    INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
    SELECT 'REQUEST', $3, 'UPDATED', $3, now(),
           format('{"createdAt":%s,"eventType":"UPDATED","request":{"id":"%s"},"message":"%s"}', 1, $3::text, n)
    FROM generate_series(1, $4::int) AS n RETURNING id
  )`;
const DROPPED = `
  WITH ${UPDATES}
  INSERT INTO hooktide.dead_letter (id, lane_id, webhook_id, update_id, subject, reason, attempts)
  SELECT nextval('hooktide.delivery_id_seq'), l.id, l.webhook_id, u.id, $3, $2, 1
  FROM u CROSS JOIN hooktide.lane AS l WHERE l.id = $1`;
const DELIVERED = `
  WITH ${UPDATES}
  INSERT INTO hooktide.history (update_id, lane_id, delivery_id, attempts, first_tried_at, status, duration_millis)
  SELECT u.id, $1, nextval('hooktide.delivery_id_seq'), length($2), now(), 200, 1 FROM u`;

/** So many updates of a request, each a dead letter of the lane. */
export async function addDropped(
  { sql }: Pick<Hooktide, 'sql'>,
  laneId: number,
  count: number,
  { reason = 'over_age', requestId = 'r' } = {},
): Promise<void> {
  await sql(DROPPED, [laneId, reason, requestId, count]);
}

/** So many updates of a request, each delivered in the lane. */
export async function addDelivered(
  { sql }: Pick<Hooktide, 'sql'>,
  laneId: number,
  count: number,
  requestId = 'r',
): Promise<void> {
  await sql(DELIVERED, [laneId, 'x', requestId, count]);
}

export async function makeJob(hooktide: Pick<Hooktide, 'api'>, job: object): Promise<ShownJob> {
  const { status, json, text } = await hooktide.api('POST', '/api/jobs', job);
  if (status !== 202) throw new Error(`The job was refused: ${text}`);
  return json as ShownJob;
}

export async function showJob(hooktide: Pick<Hooktide, 'api'>, id: number): Promise<ShownJob> {
  return (await hooktide.api('GET', `/api/jobs/${id}`)).json as ShownJob;
}

/** Waits until the job has come to this state. */
export function untilJob(hooktide: Pick<Hooktide, 'api'>, id: number, state: string): Promise<ShownJob> {
  return until(async () => {
    const job = await showJob(hooktide, id);
    return job.state === state && job;
  }, 25_000);
}

export async function count({ sql }: Pick<Hooktide, 'sql'>, table: string, condition = 'true'): Promise<number> {
  const [row] = await sql<{ count: string }>(`SELECT count(*) FROM hooktide.${table} WHERE ${condition}`);
  return Number(row?.count);
}

/** Of how many updates there is more than one delivery. */
export async function repeated(hooktide: Pick<Hooktide, 'sql'>): Promise<number> {
  const [row] = await hooktide.sql<{ count: string }>(
    'SELECT count(*) FROM (SELECT update_id FROM hooktide.delivery GROUP BY lane_id, update_id HAVING count(*) > 1) AS twice',
  );
  return Number(row?.count);
}

/** A name that stands nowhere else. */
export const unheardOf = (): string => `name-${randomUUID().slice(0, 8)}`;
