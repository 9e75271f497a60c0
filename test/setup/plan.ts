import type { Database, Sql } from '../../src/database/database.js';

/** A step of a plan, as it was run. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Runs what `work` asks for under EXPLAIN ANALYZE, undoes it, and answers with the steps that touch these tables. */
export async function planOf(
  database: Database,
  tables: readonly string[],
  work: (sql: Sql) => Promise<unknown>,
): Promise<PlanNode[]> {
  const found: PlanNode[] = [];
  const undo = new Error('undone');
  const explaining = database.transaction(async (sql) => {
    const query = async <Row extends object>(statement: string, parameters: readonly unknown[] = []) => {
      const explain = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${statement}`;
      const [row] = await sql.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(explain, parameters);
      for (const { Plan } of row?.['QUERY PLAN'] ?? []) found.push(...flatten(Plan));
      return [] as Row[];
    };
    // It makes nothing of the rows that it doesn't get.
    await work({ query }).catch(() => undefined);
    throw undo;
  });
  await explaining.catch((error: unknown) => {
    if (error !== undo) throw error;
  });
  return found.filter((node) => tables.includes(node['Relation Name'] ?? ''));
}

/** How many rows these steps looked at. */
export function rowsOf(nodes: readonly PlanNode[]): number {
  const rows = (n: PlanNode) =>
    ((n['Actual Rows'] ?? 0) + (n['Rows Removed by Filter'] ?? 0)) * (n['Actual Loops'] ?? 1);
  return nodes.reduce((sum, node) => sum + rows(node), 0);
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
