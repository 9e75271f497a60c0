import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CONTAINERS } from './1795305603000-containers.js';
import { ENQUEUE } from './1795305603000-sql-enqueue.js';

/**
 * Direct messages, Sail's webhooks and the list of processes. All of it is added: a process of the build before goes on
 * working beside it, but knows nothing of a message's own uri; use them once all processes are of this build.
 */
export class MessagesAndContainers1795305603000 implements MigrationInterface {
  readonly name = 'MessagesAndContainers1795305603000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES + CONTAINERS + ENQUEUE);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const TABLES = `
ALTER TABLE hooktide.update
  -- of a direct message: where it goes and how (src/updates/direct.ts)
  ADD COLUMN direct jsonb,
  -- of a TASK update that changes its container's state, while a webhook of the format sail is registered
  -- (src/updates/container.ts)
  ADD COLUMN container jsonb;

-- Beside those of clients and of the config there are Sail's hooks, and one for each origin that direct messages go to.
ALTER TABLE hooktide.webhook
  DROP CONSTRAINT webhook_origin_is_known,
  ADD CONSTRAINT webhook_origin_is_known CHECK (origin IN ('client', 'config', 'sail', 'message')),
  DROP CONSTRAINT webhook_format_is_known,
  ADD CONSTRAINT webhook_format_is_known
    CHECK (format IN ('singularity', 'cloudevents', 'cloudevents-binary', 'form', 'slack', 'sail')),
  DROP CONSTRAINT webhook_type_is_known,
  ADD CONSTRAINT webhook_type_is_known
    CHECK (type IN ('REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS', 'MESSAGE'));
CREATE INDEX webhook_sail ON hooktide.webhook (id) WHERE format = 'sail';

ALTER TABLE hooktide.ingest_limits ALTER COLUMN origins SET DEFAULT '{client,sail}';

-- The running processes. Each says every few seconds that it is there; one that was killed stays until it is missed.
CREATE TABLE hooktide.process (
  id text NOT NULL,
  host text NOT NULL,
  pid integer NOT NULL,
  version text NOT NULL,
  roles text[] NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- since its start
  delivered bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  in_flight integer NOT NULL DEFAULT 0,
  CONSTRAINT process_pk PRIMARY KEY (id)
);
`;
