import { isRefused, type Database, type Sql } from './database.js';

/** While the replica is away it is asked so often whether it is back. */
const ASK_EVERY_MILLIS = 5_000;

/**
 * What a replica refuses, and the primary may not: a statement that stood in the way of what it had to apply (40001), and
 * a table or column that a migration made a moment ago (class 42).
 */
const BEHIND = /^(40001|42)/;

/**
 * Reads from a replica, which may be behind:
 *
 *   here   each statement goes to the replica; one that it can't answer goes to the primary as well
 *   away   the connection has failed: each statement goes to the primary, until the replica answers again
 */
export class Replica implements Sql {
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(
    private readonly replica: Database,
    private readonly primary: Sql,
    private readonly on: {
      away(error: string): void;
      back(): void;
    },
    private readonly askEveryMillis = ASK_EVERY_MILLIS,
  ) {}

  async query<Row extends object>(...statement: Parameters<Sql['query']>): Promise<Row[]> {
    if (this.isAway) return this.primary.query(...statement);
    try {
      return await this.replica.query<Row>(...statement);
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string };
      if (isRefused(error) && !BEHIND.test(code)) throw error;
      if (!isRefused(error)) this.leave(message);
      return this.primary.query(...statement);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.replica.close();
  }

  private get isAway(): boolean {
    return this.timer !== null;
  }

  private leave(why: string): void {
    if (this.isAway || this.isClosed) return;
    this.on.away(why);
    this.askSoon();
  }

  private askSoon(): void {
    this.timer = setTimeout(() => void this.ask(), this.askEveryMillis);
  }

  private async ask(): Promise<void> {
    const isBack = await this.replica.query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (this.isClosed) return;
    if (!isBack) return this.askSoon();
    this.timer = null;
    this.on.back();
  }
}
