import { EventEmitter } from 'node:events';
import pg from 'pg';

const RECONNECT_MILLIS = 1_000;
const TIMEOUT_MILLIS = 10_000;
/** One that listens only would not notice for hours that the other end is gone, or takes no writes any more. */
const ASK_EVERY_MILLIS = 5_000;
const NAME = 'hooktide';

interface ChannelEvents {
  message: [payload: string];
}

/**
 * Postgres' LISTEN and NOTIFY on a connection of their own, which comes back by itself when it breaks. What is said
 * while it is away is lost: whoever uses it must not depend on it.
 */
export class Channel extends EventEmitter<ChannelEvents> {
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly onBreak: (error: Error) => void,
    private readonly timeoutMillis = TIMEOUT_MILLIS,
    private readonly askEveryMillis = ASK_EVERY_MILLIS,
  ) {
    super();
  }

  /** Connects, and goes on trying when that fails. */
  async open(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'hooktide channel',
      // A server that accepts and says nothing must not keep it waiting for ever.
      connectionTimeoutMillis: this.timeoutMillis,
      query_timeout: this.timeoutMillis,
      keepAlive: true,
    });
    client.on('error', (error) => this.broken(client, error));
    client.on('end', () => this.broken(client, new Error('The connection ended.')));
    client.on('notification', (notification) => this.emit('message', notification.payload ?? ''));
    this.client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${NAME}`);
      await this.ask(client);
    } catch (error) {
      this.broken(client, error as Error);
    }
  }

  /** Says it to all who listen, one after the other; lost when the connection is away. */
  send(payload: string): void {
    this.sending = this.sending.then(() => this.notify(payload));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.sending;
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  /** Whether whoever says something says it here: on a standby, or a primary that was demoted, nobody does. */
  private async ask(client: pg.Client): Promise<void> {
    if (this.client !== client) return;
    const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    if (rows[0]?.transaction_read_only !== 'off') throw new Error('The server takes no writes.');
    if (this.client !== client) return;
    this.timer = setTimeout(() => {
      this.ask(client).catch((error: Error) => this.broken(client, error));
    }, this.askEveryMillis);
  }

  private async notify(payload: string): Promise<void> {
    const client = this.client;
    if (!client) return;
    await client.query('SELECT pg_notify($1, $2)', [NAME, payload]).catch((error: Error) => this.broken(client, error));
  }

  private broken(client: pg.Client, error: Error): void {
    if (this.closed || this.client !== client) return;
    this.client = null;
    this.onBreak(error);
    client.end().catch(() => undefined);
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.open(), RECONNECT_MILLIS);
  }
}
