import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs, and what the processes share about what is kept no longer. The build before knows neither, and goes on without. */
export class Jobs1795305615000 implements MigrationInterface {
  readonly name = 'Jobs1795305615000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(JOB);
    await runner.query(RETENTION);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const JOB = `
-- Work on all that a filter names, batch by batch: src/queue/jobs.ts. Whoever works on it has locked its row, and each
-- batch commits together with how far it came.
CREATE TABLE hooktide.job (
  id bigint GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  -- of what: dead letters, what was delivered, or a request
  what text NOT NULL,
  -- as it was given, and as it is looked for
  filter jsonb NOT NULL,
  wanted jsonb NOT NULL,
  -- null: as fast as it goes
  rate_per_second integer,
  state text NOT NULL DEFAULT 'running',
  -- how many there were when it was made; null: unknown
  total bigint,
  -- false: there were more than were counted
  is_total_exact boolean NOT NULL DEFAULT true,
  done bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  -- what came later is left alone
  last_id bigint NOT NULL,
  -- where the last batch ended; null: nowhere yet
  reached jsonb,
  -- no batch before this: that is its rate
  next_at timestamptz NOT NULL DEFAULT now(),
  -- why the last batch was put off
  waits_for text,
  -- since the last one that went well
  failures integer NOT NULL DEFAULT 0,
  error text,
  -- who did the last batch
  worked_by text,
  worked_at timestamptz,
  started_at timestamptz,
  -- since it was started or resumed, to know how fast it is
  running_since timestamptz,
  done_before bigint NOT NULL DEFAULT 0,
  -- done since the audit log was told
  untold bigint NOT NULL DEFAULT 0,
  told_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL,
  created_by_kind text NOT NULL,
  created_from text,
  finished_at timestamptz,
  CONSTRAINT job_pk PRIMARY KEY (id),
  CONSTRAINT job_does_what_it_can CHECK ((kind, what) IN (
    ('replay', 'dead_letters'), ('replay', 'deliveries'), ('discard', 'dead_letters'), ('erase', 'request'))),
  CONSTRAINT job_state_is_known CHECK (state IN ('running', 'paused', 'done', 'canceled', 'failed')),
  CONSTRAINT job_over_has_an_end CHECK ((finished_at IS NULL) = (state IN ('running', 'paused'))),
  CONSTRAINT job_rate_is_positive CHECK (rate_per_second > 0)
);
CREATE INDEX job_next ON hooktide.job (next_at) WHERE state = 'running';
`;

const RETENTION = `
-- When what is kept no longer is looked for again, by whichever process comes first, and in tables that are gone through
-- from end to end, where the last round has ended: src/queue/sql/retention.ts
CREATE TABLE hooktide.retention (
  -- a table, or all of them
  what text NOT NULL,
  next_at timestamptz NOT NULL DEFAULT now(),
  next_block bigint NOT NULL DEFAULT 0,
  CONSTRAINT retention_pk PRIMARY KEY (what)
);
INSERT INTO hooktide.retention (what)
VALUES ('all'), ('history'), ('update'), ('idempotency_id'), ('task_state'), ('container');
`;
