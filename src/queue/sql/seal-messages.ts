import type { Sql } from '../../database/database.js';
import type { Vault } from '../../secrets/vault.js';
import type { Direct } from '../../updates/direct.js';

const PAGE = 2_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Looks at one page of messages by the index over them, however few of it are left to seal: so it never reads all of a large
 * table at once.
 */
const FIND = `
WITH page AS (
  SELECT id, direct FROM hooktide.update WHERE type = 'MESSAGE' AND id > $2 ORDER BY id LIMIT ${PAGE}
)
SELECT count(*)::int AS count, (array_agg(id ORDER BY id DESC))[1] AS last,
       coalesce(jsonb_agg(jsonb_build_object('id', id, 'direct', direct)) FILTER (
         WHERE direct ? 'authorization' AND NOT starts_with(direct ->> 'authorization', $1)), '[]') AS found
FROM page`;

const SEAL = `
UPDATE hooktide.update AS u SET direct = jsonb_set(u.direct, '{authorization}', to_jsonb(s.sealed))
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS s(id, old, sealed)
WHERE u.id = s.id AND u.direct ->> 'authorization' = s.old`;

interface Page {
  count: number;
  last: string | null;
  found: { id: string; direct: Direct }[];
}

/**
 * Seals the credentials of direct messages that stand in the clear, or are sealed by an older key, on the next page. Those
 * that can't be opened are passed over.
 * @param after where the page before ended; null for the first
 * @returns how many it sealed, and where the page ended; null: there is none behind it
 */
export async function sealMessages(
  sql: Sql,
  vault: Vault,
  after: string | null,
): Promise<{ sealed: number; last: string | null }> {
  const [page] = await sql.query<Page>(FIND, [vault.seal, after ?? FIRST]);
  const { count, last, found } = page!;
  const opened = found
    .map(({ id, direct }) => ({ id, old: direct.authorization, direct: vault.openMessage(direct) }))
    .filter(({ direct }) => direct.unreadable === undefined);
  if (opened.length > 0) {
    await sql.query(SEAL, [
      opened.map(({ id }) => id),
      opened.map(({ old }) => old),
      opened.map(({ direct }) => vault.closeMessage(direct).authorization),
    ]);
  }
  return { sealed: opened.length, last: count < PAGE ? null : last };
}
