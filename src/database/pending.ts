import type { Sql } from './database.js';
import { createDataSource } from './data-source.js';

/** How the schema of a database stands to this build. Names are those of migrations, in their order. */
export interface SchemaState {
  /** What this build needs and the database hasn't got. */
  missing: string[];
  /** What the database has got and this build doesn't know: a newer one has been at it. */
  newer: string[];
}

const IS_THERE = `SELECT to_regclass('hooktide.migration') IS NOT NULL AS "isThere"`;
const APPLIED = 'SELECT name FROM hooktide.migration ORDER BY id';

/** Locks nothing, and writes nothing. */
export async function readSchemaState(sql: Sql): Promise<SchemaState> {
  const [table] = await sql.query<{ isThere: boolean }>(IS_THERE);
  const rows = table?.isThere === true ? await sql.query<{ name: string }>(APPLIED) : [];
  const applied = rows.map(({ name }) => name);
  return compare(namesOfBuild(), applied);
}

/** By name, as TypeORM compares them: a migration that is older than the last one applied runs too. */
export function compare(ofBuild: readonly string[], applied: readonly string[]): SchemaState {
  return {
    missing: ofBuild.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !ofBuild.includes(name)),
  };
}

const TIMESTAMP_DIGITS = 13;

const byTime = (one: string, other: string): number =>
  Number(one.slice(-TIMESTAMP_DIGITS)) - Number(other.slice(-TIMESTAMP_DIGITS));

/** Of all migrations that this build has. It connects to nothing. */
function namesOfBuild(): string[] {
  const classes = createDataSource('postgres://127.0.0.1/').options.migrations as Function[];
  return classes.map(({ name }) => name).sort(byTime);
}
