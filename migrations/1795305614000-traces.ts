import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The trace that an update came with (W3C Trace Context), to be sent on. The build before writes and reads neither column:
 * what it takes in is sent without.
 */
export class Traces1795305614000 implements MigrationInterface {
  readonly name = 'Traces1795305614000';
  /** In one transaction, the lock of the first step would stand while the last looks at every row. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(COLUMNS);
    await runner.query(CHECKS);
    await runner.query(VALIDATE);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

/** Each step can be run again, where an earlier start was cut off behind it. */
const COLUMNS = `
ALTER TABLE hooktide.update
  -- as src/updates/trace-context.ts reads them
  ADD COLUMN IF NOT EXISTS trace_parent text,
  ADD COLUMN IF NOT EXISTS trace_state text`;

const CHECKS = `
ALTER TABLE hooktide.update
  DROP CONSTRAINT IF EXISTS update_trace_parent_is_short,
  DROP CONSTRAINT IF EXISTS update_trace_state_is_short,
  DROP CONSTRAINT IF EXISTS update_trace_state_has_a_parent,
  ADD CONSTRAINT update_trace_parent_is_short CHECK (length(trace_parent) <= 55) NOT VALID,
  ADD CONSTRAINT update_trace_state_is_short CHECK (length(trace_state) <= 512) NOT VALID,
  ADD CONSTRAINT update_trace_state_has_a_parent CHECK (trace_state IS NULL OR trace_parent IS NOT NULL) NOT VALID`;

/** Reads the table once, and keeps nobody from writing into it. */
const VALIDATE = `
ALTER TABLE hooktide.update
  VALIDATE CONSTRAINT update_trace_parent_is_short,
  VALIDATE CONSTRAINT update_trace_state_is_short,
  VALIDATE CONSTRAINT update_trace_state_has_a_parent`;
