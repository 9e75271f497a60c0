import pg from 'pg';

/** int8 as number: ids and fences stay far below 2^53. */
const INT8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * The statements of the queue want the first few rows of an index, in its order. Where Postgres takes a lane for short,
 * as it does until it has seen the table's new size, it would gather the whole lane in a bitmap and sort it.
 */
const PLANNER = 'SET enable_bitmapscan = off';

/** A connection that swallows what is sent is given up after this: well before a lease runs out that is to be renewed. */
const QUERY_TIMEOUT_MILLIS = 10_000;

/** Runs one SQL statement: the database itself, or a transaction on it. */
export interface Sql {
  /** @param timeoutMillis for statements that may take long */
  query<Row extends object>(statement: string, parameters?: readonly unknown[], timeoutMillis?: number): Promise<Row[]>;
}

/**
 * A pool of connections for literal SQL. Statements are unnamed on purpose: each is planned for the size that the
 * tables have now; a plan kept from the time when the queue was empty would read the whole queue.
 */
export class Database implements Sql {
  private readonly pool: pg.Pool;

  constructor(
    readonly url: string,
    maxConnections: number,
    onIdleError: (error: Error) => void,
    /** Postgres itself ends a statement after this; missing: it never does. */
    statementTimeoutMillis?: number,
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      application_name: 'hooktide',
      connectionTimeoutMillis: 10_000,
      query_timeout: QUERY_TIMEOUT_MILLIS,
      statement_timeout: statementTimeoutMillis,
      keepAlive: true,
      types,
      // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, though its types don't say so
      onConnect: (client) => client.query(PLANNER).then(() => undefined),
    });
    // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
    this.pool.on('error', onIdleError);
  }

  async query<Row extends object>(
    statement: string,
    parameters: readonly unknown[] = [],
    timeoutMillis = QUERY_TIMEOUT_MILLIS,
  ): Promise<Row[]> {
    return run<Row>(this.pool, statement, parameters, timeoutMillis);
  }

  /** Commits what `work` did, or rolls all of it back when it throws. */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    // The pool listens to idle connections only. One that breaks here says so to the query under way as well.
    client.on('error', ignore);
    const release = (broken?: Error): void => {
      client.removeListener('error', ignore);
      client.release(broken);
    };
    const sql: Sql = {
      query: <Row extends object>(text: string, values: readonly unknown[] = [], timeout = QUERY_TIMEOUT_MILLIS) =>
        run<Row>(client, text, values, timeout),
    };
    try {
      await client.query('BEGIN');
      const result = await work(sql);
      await client.query('COMMIT');
      release();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').then(
        () => release(),
        (broken: Error) => release(broken),
      );
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

const ignore = (): void => undefined;

async function run<Row extends object>(
  on: pg.Pool | pg.PoolClient,
  text: string,
  values: readonly unknown[],
  timeoutMillis: number,
): Promise<Row[]> {
  const query = { text, values: values as unknown[], query_timeout: timeoutMillis };
  const result = await on.query<Row>(query as pg.QueryConfig);
  return result.rows;
}
