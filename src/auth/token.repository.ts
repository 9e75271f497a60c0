import type { Scope } from '../config/scope.js';
import { writeAudit, type Actor } from '../database/audit.js';
import type { Database } from '../database/database.js';
import { NameTakenError } from './name-taken.error.js';

/** A token as it may be shown: neither itself nor its digest. */
export interface TokenRow {
  id: number;
  name: string;
  scopes: Scope[];
  application: string | null;
  state: 'valid' | 'expired' | 'revoked';
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** Written once a minute at most. */
  lastUsedAt: Date | null;
}

/** One that is good at the moment. */
export interface LivingToken extends Pick<TokenRow, 'id' | 'name' | 'scopes' | 'application'> {
  hash: Buffer;
  /** Until it expires; null: never. */
  leftMillis: number | null;
}

/** What a token is made of. */
export interface NewToken {
  name: string;
  scopes: readonly Scope[];
  application: string | null;
  expiresAt: Date | null;
}

/** A use of a token, and how long ago. */
export interface Use {
  id: number;
  agoMillis: number;
}

/** What processes tell each other when a token is revoked, on the channel that nudges go by: those skip what isn't theirs. */
export const REVOKED = JSON.stringify({ event: 'token_revoked' });

const IS_GOOD = 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())';

const FIND = `
SELECT id, name, hash, scopes, application, (extract(epoch FROM expires_at - now()) * 1000)::float8 AS "leftMillis"
FROM hooktide.token WHERE hash = ANY ($1::bytea[]) AND ${IS_GOOD}`;

const SHOWN = `
id, name, scopes, application, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
revoked_at AS "revokedAt", last_used_at AS "lastUsedAt",
CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= now() THEN 'expired' ELSE 'valid' END AS state`;

const LIST = `SELECT ${SHOWN} FROM hooktide.token WHERE id > $1 ORDER BY id LIMIT $2`;

/** What ended long ago is forgotten when another one is made: so the table stays small without anybody's care. */
const FORGET = `DELETE FROM hooktide.token WHERE least(revoked_at, expires_at) < now() - interval '90 days'`;

/** One that has expired keeps its name from nobody. */
const FREE_NAME = `
UPDATE hooktide.token SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL AND expires_at <= now()`;

const INSERT = `
INSERT INTO hooktide.token (name, hash, scopes, application, expires_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${SHOWN}`;

/** Processes hear of it at the commit, by whatever way it was revoked. */
const REVOKE = `
WITH revoked AS (
  UPDATE hooktide.token SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING name
)
SELECT name, pg_notify('hooktide', $2) FROM revoked`;

/** What is changed of tokens is written into the audit log, which came after them. */
const IS_THERE = `
SELECT to_regclass('hooktide.token') IS NOT NULL AND to_regclass('hooktide.audit') IS NOT NULL AS "isThere"`;

const HAS_ADMIN = `SELECT EXISTS (SELECT FROM hooktide.token WHERE 'admin' = ANY (scopes) AND ${IS_GOOD}) AS "hasAdmin"`;

/** Locked in one order, as all processes write the same rows. */
const USED = `
WITH used AS (
  SELECT id, now() - make_interval(secs => ago / 1000) AS at FROM unnest($1::bigint[], $2::float8[]) AS u(id, ago)
), locked AS MATERIALIZED (
  SELECT t.id FROM hooktide.token AS t JOIN used USING (id) ORDER BY t.id FOR NO KEY UPDATE OF t
)
UPDATE hooktide.token AS t SET last_used_at = greatest(t.last_used_at, used.at)
FROM locked JOIN used USING (id) WHERE t.id = locked.id`;

const UNIQUE_VIOLATION = '23505';

/** The rows of tokens. */
export class TokenRepository {
  constructor(private readonly database: Database) {}

  /** Those of these digests that are good. */
  find(digests: Buffer[]): Promise<LivingToken[]> {
    return this.database.query(FIND, [digests], { name: 'find tokens' });
  }

  /** In the order in which they were made. */
  list(afterId: number, limit: number): Promise<TokenRow[]> {
    return this.database.query(LIST, [afterId, limit]);
  }

  /** @throws NameTakenError */
  async create({ name, scopes, application, expiresAt }: NewToken, hash: Buffer, by: Actor): Promise<TokenRow> {
    try {
      const [row] = await this.database.transaction(async (sql) => {
        await sql.query(FORGET);
        await sql.query(FREE_NAME, [name]);
        const rows = await sql.query<TokenRow>(INSERT, [name, hash, scopes, application, expiresAt, by.name]);
        const details = { tokenId: rows[0]?.id, scopes, application, expiresAt };
        await writeAudit(sql, { by, action: 'token.created', target: name, details });
        return rows;
      });
      return row!;
    } catch (error) {
      const { code, constraint } = error as { code?: unknown; constraint?: unknown };
      throw code === UNIQUE_VIOLATION && constraint === 'token_name' ? new NameTakenError(name) : error;
    }
  }

  /** Answers with its name; null: there is none that isn't revoked. */
  revoke(id: number, by: Actor): Promise<string | null> {
    return this.database.transaction(async (sql) => {
      const [row] = await sql.query<{ name: string }>(REVOKE, [id, REVOKED]);
      if (!row) return null;
      await writeAudit(sql, { by, action: 'token.revoked', target: row.name, details: { tokenId: id } });
      return row.name;
    });
  }

  /** Whether the database has a place for tokens: one that no Hooktide has seen yet has none. */
  async isThere(): Promise<boolean> {
    const [row] = await this.database.query<{ isThere: boolean }>(IS_THERE);
    return row?.isThere === true;
  }

  /** Whether there is a token that may do everything. */
  async hasAdmin(): Promise<boolean> {
    const [row] = await this.database.query<{ hasAdmin: boolean }>(HAS_ADMIN);
    return row?.hasAdmin === true;
  }

  async writeUses(uses: readonly Use[]): Promise<void> {
    await this.database.query(USED, [uses.map(({ id }) => id), uses.map(({ agoMillis }) => agoMillis)]);
  }
}
