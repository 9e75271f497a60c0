import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens of the API. The build before knows only that of `auth.tokenFile`, and refuses these. */
export class Tokens1795305611000 implements MigrationInterface {
  readonly name = 'Tokens1795305611000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TOKENS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup instead.');
  }
}

const TOKENS = `
CREATE TABLE hooktide.token (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  -- SHA-256 of the token, which itself is nowhere: 256 random bits need no slow hash
  hash bytea NOT NULL,
  scopes text[] NOT NULL,
  -- the only one that it may send updates and have webhooks for; null: any
  application text,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- the name of the caller who made it
  created_by text NOT NULL,
  -- null: never
  expires_at timestamptz,
  revoked_at timestamptz,
  -- written once a minute at most
  last_used_at timestamptz,
  CONSTRAINT token_pk PRIMARY KEY (id),
  CONSTRAINT token_hash_is_its_own UNIQUE (hash),
  CONSTRAINT token_hash_is_a_sha256 CHECK (octet_length(hash) = 32),
  CONSTRAINT token_name_is_there CHECK (name <> ''),
  CONSTRAINT token_scopes_are_known
    CHECK (scopes <@ ARRAY['read', 'ingest', 'webhooks', 'admin'] AND cardinality(scopes) > 0),
  CONSTRAINT token_of_an_application_is_no_admin CHECK (application IS NULL OR NOT scopes @> ARRAY['admin'])
);
CREATE UNIQUE INDEX token_name ON hooktide.token (name) WHERE revoked_at IS NULL;
`;
