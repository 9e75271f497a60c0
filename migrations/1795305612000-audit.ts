import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who changed what. The build before writes nothing into it. */
export class Audit1795305612000 implements MigrationInterface {
  readonly name = 'Audit1795305612000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AUDIT);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const AUDIT = `
-- A row is written by the transaction that makes the change: src/database/audit.ts
CREATE TABLE hooktide.audit (
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT now(),
  -- the name of the caller, or what did it where nobody called
  actor text NOT NULL,
  actor_kind text NOT NULL,
  -- where the caller's connection came from
  address text,
  action text NOT NULL,
  -- what was changed: the id of a webhook or a delivery, the name of a token or an action; null: all that a filter names
  target text,
  -- names of fields, filters and numbers: no value that may be a secret
  details jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT audit_pk PRIMARY KEY (id)
);
CREATE INDEX audit_target ON hooktide.audit (target, id);
CREATE INDEX audit_at ON hooktide.audit (at);
`;
