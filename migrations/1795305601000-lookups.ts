import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes by which updates and deliveries are looked up. Built beside the running queue: nothing waits for them. */
export class Lookups1795305601000 implements MigrationInterface {
  readonly name = 'Lookups1795305601000';
  /** CREATE INDEX CONCURRENTLY allows none. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of INDEXES) {
      // One whose building was cut off stays behind, unusable.
      await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS hooktide.${name}`);
      await runner.query(`CREATE INDEX CONCURRENTLY ${name} ON hooktide.${definition}`);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const INDEXES = [
  ['update_by_request', 'update (request_id, id)'],
  ['update_by_task', 'update (task_id, id) WHERE task_id IS NOT NULL'],
  ['update_by_application', 'update (application, id) WHERE application IS NOT NULL'],
  ['history_by_lane', 'history (lane_id, delivery_id)'],
] as const;
