// How large the tables of the queue are after all that passed through them, and how large they are once rewritten: the
// difference is what lies about.
import { query } from './fill.mjs';
import { megabytes, table, whole } from './tables.mjs';

const TABLES = ['delivery', 'lane', 'update', 'history'];

const SIZES = `
SELECT t.name, pg_table_size(c.oid)::float8 AS bytes, pg_indexes_size(c.oid)::float8 AS "indexBytes",
       (SELECT n_dead_tup::float8 FROM pg_stat_user_tables WHERE relid = c.oid) AS dead
FROM unnest($1::text[]) WITH ORDINALITY AS t(name, position)
JOIN pg_class AS c ON c.oid = ('hooktide.' || quote_ident(t.name))::regclass ORDER BY t.position`;

/** While the queue runs; rewriting the tables makes it wait. */
export const askSizes = (database) =>
  query(database, async (client) => {
    const sizes = async () => (await client.query(SIZES, [TABLES])).rows;
    const before = await sizes();
    const counts = [];
    for (const name of TABLES) {
      await client.query(`VACUUM (FULL) hooktide.${name}`);
      const { rows } = await client.query(`SELECT count(*)::int AS count FROM hooktide.${name}`);
      counts.push(rows[0].count);
    }
    const after = await sizes();
    return before.map((size, index) => ({ ...size, count: counts[index], fresh: after[index] }));
  });

const cells = ({ name, count: left, bytes, indexBytes, dead, fresh }) => [
  `\`${name}\``,
  whole(left),
  whole(dead),
  megabytes(bytes),
  megabytes(fresh.bytes),
  megabytes(indexBytes),
  megabytes(fresh.indexBytes),
];

export function describeSizes({ count, rows }, perSecond) {
  const what = `after ${whole(count)} deliveries, as ${whole(perSecond)} a second bring in an hour`;
  const head = [what, 'rows', 'dead', 'MB', 'MB, rewritten', 'indexes, MB', 'rewritten'];
  return table(head, rows.map(cells));
}
