import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Options of webhooks, due times and replays. All of it is added: a process of the build before goes on working beside
 * it, but knows nothing of filters, formats and retry policies; use them once all processes are of this build.
 */
export class WebhookOptions1795305600000 implements MigrationInterface {
  readonly name = 'WebhookOptions1795305600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(WEBHOOK_OPTIONS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const WEBHOOK_OPTIONS = `
-- Ids of updates in the order in which they were given out, within a millisecond too: its fraction fills the 12 bits of
-- rand_a (RFC 9562 §6.2, method 3).
CREATE OR REPLACE FUNCTION hooktide.new_update_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT (lpad(to_hex(micros / 1000), 12, '0') || '7' || lpad(to_hex((micros % 1000) * 4096 / 1000), 3, '0')
          || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid
  FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros) AS now
$$;

-- A list of texts with * for any characters, as patterns for LIKE; null for none.
CREATE FUNCTION hooktide.like_patterns(texts jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(replace(replace(replace(replace(t, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%'))
  FROM jsonb_array_elements_text(texts) AS t
$$;

CREATE FUNCTION hooktide.passes(patterns text[], value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT patterns IS NULL OR coalesce(value LIKE ANY (patterns), false)
$$;

ALTER TABLE hooktide.webhook
  ADD COLUMN description text,
  -- {"applications": […], "requestIds": […], "states": […]}, each with * for any characters; null: everything passes
  ADD COLUMN filter jsonb,
  ADD COLUMN applications text[] GENERATED ALWAYS AS (hooktide.like_patterns(filter -> 'applications')) STORED,
  ADD COLUMN request_ids text[] GENERATED ALWAYS AS (hooktide.like_patterns(filter -> 'requestIds')) STORED,
  ADD COLUMN states text[] GENERATED ALWAYS AS (hooktide.like_patterns(filter -> 'states')) STORED,
  ADD COLUMN headers jsonb,
  ADD COLUMN format text NOT NULL DEFAULT 'singularity',
  ADD COLUMN "order" text NOT NULL DEFAULT 'subject',
  -- src/updates/target.ts, Retry; null: at every poll, within the limits of the config
  ADD COLUMN retry jsonb,
  ADD COLUMN connect_timeout_millis integer,
  ADD COLUMN timeout_millis integer,
  ADD COLUMN max_concurrent integer,
  -- an operator has paused it: what comes goes on queueing, nothing is sent
  ADD COLUMN paused_at timestamptz,
  -- who made it: a client of the API, or the config, which names topics
  ADD COLUMN origin text NOT NULL DEFAULT 'client',
  ADD CONSTRAINT webhook_origin_is_known CHECK (origin IN ('client', 'config')),
  ADD CONSTRAINT webhook_format_is_known
    CHECK (format IN ('singularity', 'cloudevents', 'cloudevents-binary', 'form', 'slack')),
  ADD CONSTRAINT webhook_order_is_known CHECK ("order" IN ('subject', 'none'));

-- Who receives an update: the one place that decides it.
CREATE FUNCTION hooktide.webhook_matches(
  webhook hooktide.webhook, update_type text, application text, request_id text, state text
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT webhook.type = update_type
    AND hooktide.passes(webhook.applications, application)
    AND hooktide.passes(webhook.request_ids, request_id)
    AND hooktide.passes(webhook.states, state)
$$;

-- Counts the changes of its webhook: what an attempt made before one says nothing of the lane after it.
ALTER TABLE hooktide.lane ADD COLUMN revision bigint NOT NULL DEFAULT 0;

ALTER TABLE hooktide.delivery
  -- when a failed delivery is due, where that isn't the next poll
  ADD COLUMN due_at timestamptz,
  -- asked for by an operator: a subject of its own, outside the cap
  ADD COLUMN is_replay boolean NOT NULL DEFAULT false,
  -- of a replay: the lane that its webhook-id names, as that of the first delivery did
  ADD COLUMN first_lane_id bigint;
CREATE INDEX delivery_due ON hooktide.delivery (due_at, lane_id) WHERE due_at IS NOT NULL;

ALTER TABLE hooktide.history
  ADD COLUMN first_lane_id bigint,
  -- milliseconds of DNS, connect, TLS, first byte and body of the attempt that succeeded
  ADD COLUMN phases integer[],
  -- the first bytes of the receiver's answer
  ADD COLUMN answer text;

ALTER TABLE hooktide.dead_letter
  ADD COLUMN first_lane_id bigint,
  DROP CONSTRAINT dead_letter_reason_is_known,
  ADD CONSTRAINT dead_letter_reason_is_known
    CHECK (reason IN ('over_cap', 'over_age', 'attempts_exhausted', 'too_large', 'webhook_deleted')) NOT VALID;
ALTER TABLE hooktide.dead_letter VALIDATE CONSTRAINT dead_letter_reason_is_known;
`;
