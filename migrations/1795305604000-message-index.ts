import type { MigrationInterface, QueryRunner } from 'typeorm';

/** By which direct messages are listed. Built beside the running queue: nothing waits for it. */
export class MessageIndex1795305604000 implements MigrationInterface {
  readonly name = 'MessageIndex1795305604000';
  /** CREATE INDEX CONCURRENTLY allows none. */
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // One whose building was cut off stays behind, unusable.
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS hooktide.update_message');
    await runner.query(`CREATE INDEX CONCURRENTLY update_message ON hooktide.update (id) WHERE type = 'MESSAGE'`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}
