import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The health of webhooks. All of it is added: a process of the build before goes on working beside it, but tells nothing,
 * sends what was paused as fast as it can, and has no words for webhooks of the type WEBHOOK_HEALTH; register these once
 * all processes are of this build. Each step may be run again: one that builds an index allows no transaction.
 */
export class WebhookHealth1795305613000 implements MigrationInterface {
  readonly name = 'WebhookHealth1795305613000';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query('ALTER TABLE hooktide.webhook VALIDATE CONSTRAINT webhook_type_is_known');
    await runner.query('ALTER TABLE hooktide.webhook VALIDATE CONSTRAINT webhook_disabled_reason_is_known');
    await runner.query(READ_TYPE);
    // One whose building was cut off stays behind, unusable.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS hooktide.webhook_stopped');
    await runner.query(
      `CREATE INDEX CONCURRENTLY webhook_stopped ON hooktide.webhook (lane_id)
       WHERE disabled_at IS NOT NULL OR paused_at IS NOT NULL`,
    );
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const TABLES = `
ALTER TABLE hooktide.lane
  -- what waited when its webhook was resumed, up to this delivery, leaves at no more than drainPerSecond
  ADD COLUMN IF NOT EXISTS drain_to_id bigint;

ALTER TABLE hooktide.webhook
  -- null: by its receiver, as far as it is disabled
  ADD COLUMN IF NOT EXISTS disabled_reason text,
  DROP CONSTRAINT IF EXISTS webhook_disabled_reason_is_known,
  ADD CONSTRAINT webhook_disabled_reason_is_known CHECK (disabled_reason IN ('gone', 'failing')) NOT VALID,
  DROP CONSTRAINT IF EXISTS webhook_type_is_known,
  ADD CONSTRAINT webhook_type_is_known
    CHECK (type IN ('REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS', 'WEBHOOK_HEALTH', 'MESSAGE')) NOT VALID;

-- A webhook that something was told of, until it works again: src/queue/sql/health-notices.ts
CREATE TABLE IF NOT EXISTS hooktide.webhook_health (
  -- no foreign key: whoever deletes a lane waits for nobody
  lane_id bigint NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  failing_since timestamptz,
  -- what was told since then
  told text[] NOT NULL,
  told_at timestamptz NOT NULL DEFAULT now(),
  -- null: it is failing or stopped
  well_since timestamptz,
  CONSTRAINT webhook_health_pk PRIMARY KEY (lane_id)
);
`;

/** As before, but for its words to whoever writes WEBHOOK_HEALTH. */
const READ_TYPE = String.raw`
CREATE OR REPLACE FUNCTION hooktide.read_type(type text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  known CONSTANT text[] := '{REQUEST,DEPLOY,TASK,CRASHLOOP,ELEVATED_ACCESS}';
  name CONSTANT text := translate(
    regexp_replace(type, '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', '', 'g'),
    U&'abcdefghijklmnopqrstuvwxyz\017F-.', 'ABCDEFGHIJKLMNOPQRSTUVWXYZS__');
BEGIN
  IF name = ANY (known) THEN RETURN name; END IF;
  IF name = 'WEBHOOK_HEALTH' THEN
    PERFORM hooktide.refuse('type', 'is WEBHOOK_HEALTH, of which only Hooktide tells', 'one of ' || array_to_string(known, ', '));
  END IF;
  RETURN hooktide.read_word(to_json(type), 'type', known);
END $$;
`;
