import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Room for what is secret, sealed. Nothing is sealed yet: headers stay in the clear, for a process of the build before to read
 * and write, until all processes are of this one (src/secrets/vault.ts, src/webhooks/sealing.service.ts). What that one knows
 * nothing of is sealed at once: it sends without it.
 */
export class Secrets1795305610000 implements MigrationInterface {
  readonly name = 'Secrets1795305610000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const TABLES = `
ALTER TABLE hooktide.webhook
  -- all that is secret of it (src/updates/webhook-secrets.ts), as src/secrets/keyring.ts writes it
  ADD COLUMN sealed text,
  -- what of the config's egress rules it keeps to
  ADD COLUMN only_to text[];

-- Whether the process seals what is secret: one of an older build reads webhook.headers only.
ALTER TABLE hooktide.process ADD COLUMN seals boolean NOT NULL DEFAULT false;

-- The key that seals while the config names none: better than none, as dumps of single tables show nothing, and replaced by
-- the config's at its first start.
CREATE TABLE hooktide.own_key (
  is_only boolean NOT NULL DEFAULT true,
  key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT own_key_pk PRIMARY KEY (is_only),
  CONSTRAINT own_key_is_one CHECK (is_only)
);
`;
