import type { Sql } from '../database.js';

/** What the role may do with what is there. */
export interface Rights {
  /** False: nothing is there yet. */
  hasSchema: boolean;
  mayUseSchema: boolean;
  /** Tables, sequences and functions that it may not use as Hooktide does. */
  lacking: string[];
  /** Tables that migrations couldn't change, as the role neither owns them nor belongs to who does. */
  notOwned: string[];
}

/** What TypeORM writes down is read by everybody, and written by who applies migrations. */
const RIGHTS = `
WITH space AS (SELECT to_regnamespace('hooktide')::oid AS id),
relation AS (
  SELECT c.relname::text AS name, pg_has_role(c.relowner, 'USAGE') AS "isOwned", c.relkind IN ('r', 'p') AS "isTable",
    CASE WHEN c.relkind = 'S' THEN c.relname = 'migration_id_seq' OR has_sequence_privilege(c.oid, 'USAGE')
         WHEN c.relname = 'migration' THEN has_table_privilege(c.oid, 'SELECT')
         ELSE has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
          AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE') END AS "mayUse"
  FROM pg_class AS c JOIN space ON c.relnamespace = space.id WHERE c.relkind IN ('r', 'p', 'S')
), routine AS (
  SELECT p.proname || '()' AS name, has_function_privilege(p.oid, 'EXECUTE') AS "mayUse"
  FROM pg_proc AS p JOIN space ON p.pronamespace = space.id
)
SELECT space.id IS NOT NULL AS "hasSchema",
  coalesce(has_schema_privilege(space.id, 'USAGE'), false) AS "mayUseSchema",
  ARRAY(SELECT name FROM relation WHERE NOT "mayUse" UNION SELECT name FROM routine WHERE NOT "mayUse" ORDER BY 1) AS lacking,
  ARRAY(SELECT name FROM relation WHERE "isTable" AND NOT "isOwned" ORDER BY 1) AS "notOwned"
FROM space`;

export async function readRights(sql: Sql): Promise<Rights> {
  const [row] = await sql.query<Rights>(RIGHTS);
  return row!;
}
