import { setTimeout as pause } from 'node:timers/promises';
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

/**
 * Connections are made anew after so long: behind a name that leads elsewhere by now, or to one of several replicas,
 * none stays where it is for ever.
 */
const LONGEST_SECONDS = 300;

const LOOK_AGAIN_MILLIS = 50;

/** What the driver has to know of one statement beside its text. */
export interface QueryOptions {
  /**
   * Each connection parses the statement once and keeps it, and after some calls its plan as well, under this name: no
   * other text may bear it. For small statements called often, whose plan is good at any size that the tables and the
   * parameters may have: Postgres plans it anew only when a table was analyzed or changed.
   */
  name?: string;
  /** For statements that may take long. */
  timeoutMillis?: number;
}

/** What a pool's connections do. */
export interface Connections {
  busy: number;
  idle: number;
  waiting: number;
}

/** Runs one SQL statement: the database itself, or a transaction on it. */
export interface Sql {
  query<Row extends object>(statement: string, parameters?: readonly unknown[], options?: QueryOptions): Promise<Row[]>;
}

/**
 * A pool of connections for literal SQL. Statements without a name are planned at each call, for the size that the
 * tables have now: many a plan kept from the time when the queue was empty would read the whole queue.
 */
export class Database implements Sql {
  private pool: pg.Pool;
  /** Ends when all pools that were left have. */
  private leaving: Promise<void> = Promise.resolve();

  constructor(
    readonly url: string,
    private readonly maxConnections: number,
    private readonly onIdleError: (error: Error) => void,
    /** Postgres itself ends a statement after this; missing: it never does. */
    private readonly statementTimeoutMillis?: number,
  ) {
    this.pool = this.open();
  }

  async query<Row extends object>(
    statement: string,
    parameters: readonly unknown[] = [],
    options: QueryOptions = {},
  ): Promise<Row[]> {
    const pool = this.pool;
    const ask = (withNames: boolean) => run<Row>(this.pool, toQuery(statement, parameters, options, withNames));
    return unlessOutdated(ask).catch((error: unknown) => this.leaveReadOnly(pool, error));
  }

  /** Commits what `work` did, or rolls all of it back when it throws. It may be called twice: the first is undone then. */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const pool = this.pool;
    const attempt = (withNames: boolean) => this.attempt(work, withNames);
    return unlessOutdated(attempt).catch((error: unknown) => this.leaveReadOnly(pool, error));
  }

  /** Whether it takes writes: a standby, or a primary that was demoted, takes none. */
  async isWritable(): Promise<boolean> {
    const pool = this.pool;
    const [row] = await this.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    const isWritable = row?.transaction_read_only === 'off';
    if (!isWritable) this.leave(pool);
    return isWritable;
  }

  /** Connections that run a statement, and that don't, and how many wait for one. */
  get connections(): Connections {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.leaving]);
  }

  private open(): pg.Pool {
    const pool = new pg.Pool({
      connectionString: this.url,
      max: this.maxConnections,
      application_name: 'hooktide',
      connectionTimeoutMillis: 10_000,
      query_timeout: QUERY_TIMEOUT_MILLIS,
      statement_timeout: this.statementTimeoutMillis,
      maxLifetimeSeconds: LONGEST_SECONDS,
      keepAlive: true,
      types,
      // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, though its types don't say so
      onConnect: (client) => client.query(PLANNER).then(() => undefined),
    });
    // A connection that breaks while idle is replaced at its next use; without a listener it would end the process.
    pool.on('error', this.onIdleError);
    return pool;
  }

  private leaveReadOnly(pool: pg.Pool, error: unknown): never {
    if (isReadOnly(error)) this.leave(pool);
    throw error;
  }

  /**
   * The server that this pool leads to is not, or not any more, the one that takes writes, though it answers: it would keep
   * the connections, and with them the process. What is under way ends there; whatever comes next is asked on new ones.
   */
  private leave(pool: pg.Pool): void {
    if (this.pool !== pool || pool.ending) return;
    this.pool = this.open();
    this.leaving = this.leaving.then(() => endOnceFree(pool));
  }

  private async attempt<T>(work: (sql: Sql) => Promise<T>, withNames: boolean): Promise<T> {
    const client = await this.pool.connect();
    // The pool listens to idle connections only. One that breaks here says so to the query under way as well.
    client.on('error', ignore);
    const release = (broken?: Error): void => {
      client.removeListener('error', ignore);
      client.release(broken);
    };
    const sql: Sql = {
      query: <Row extends object>(text: string, values: readonly unknown[] = [], options: QueryOptions = {}) =>
        run<Row>(client, toQuery(text, values, options, withNames)),
    };
    try {
      await client.query('BEGIN');
      const result = await work(sql);
      await client.query('COMMIT');
      release();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').then(
        () => release(isOutdated(error) || isReadOnly(error) ? error : undefined),
        (broken: Error) => release(broken),
      );
      throw error;
    }
  }
}

const ignore = (): void => undefined;

/** A pool that ends forgets those who wait for a connection: they are served first. */
async function endOnceFree(pool: pg.Pool): Promise<void> {
  while (pool.waitingCount > 0) await pause(LOOK_AGAIN_MILLIS);
  await pool.end();
}

/** What a standby says to whoever wants to write, and a primary that was demoted. */
const READ_ONLY = '25006';

/** Whether it was refused because the server takes no writes at all. */
export function isReadOnly(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && error.code === READ_ONLY;
}

/** The connection or the server has ended, it takes no writes, or nobody knows: the statement itself may be fine. */
const NO_REFUSAL = /^(08|25006|57P|58|XX)/;

/** Whether Postgres has refused what it was asked for, and done nothing of it. */
export function isRefused(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && !NO_REFUSAL.test(error.code);
}

/** What Postgres says where a kept statement would answer with other columns than when it was parsed. */
const OUTDATED = /^cached plan must not change result type/;

/**
 * Runs it again without names where a migration has changed the columns that a kept statement answers with: nothing of it
 * has been done. The connection that kept it is given up, as the pool does with all on which a statement fails.
 */
async function unlessOutdated<T>(work: (withNames: boolean) => Promise<T>): Promise<T> {
  try {
    return await work(true);
  } catch (error) {
    if (!isOutdated(error)) throw error;
    return work(false);
  }
}

function isOutdated(error: unknown): error is Error {
  return error instanceof pg.DatabaseError && error.code === '0A000' && OUTDATED.test(error.message);
}

function toQuery(
  text: string,
  values: readonly unknown[],
  { name, timeoutMillis = QUERY_TIMEOUT_MILLIS }: QueryOptions,
  withNames: boolean,
): pg.QueryConfig {
  const query = { text, values: values as unknown[], query_timeout: timeoutMillis };
  return name !== undefined && withNames ? { ...query, name } : query;
}

async function run<Row extends object>(on: pg.Pool | pg.PoolClient, query: pg.QueryConfig): Promise<Row[]> {
  const result = await on.query<Row>(query);
  return result.rows;
}
