import { lookup } from 'node:dns/promises';
import { connect as dial } from 'node:net';
import pg from 'pg';

/** How far a connection came: the step that failed. */
export type Step = 'name' | 'connection' | 'tls' | 'sign-in' | 'database' | 'answer';

/** What kept a connection from being made. The detail holds no password. */
export interface Unreachable {
  ok: false;
  step: Step;
  /** `db.internal:5432`, or a socket's path. */
  place: string;
  detail: string;
}

export interface Connected {
  ok: true;
  client: pg.Client;
  place: string;
  isEncrypted: boolean;
}

const TIMEOUT_MILLIS = 5_000;

/** Connects step by step, so that it can be told which one fails. Whoever gets a client ends it. */
export async function connectTo(url: string): Promise<Connected | Unreachable> {
  const client = clientFor(url);
  const { host, port } = client;
  const isSocket = host.startsWith('/');
  const place = isSocket ? host : `${host}:${port}`;
  const failed = (step: Step, error: unknown): Unreachable => ({ ok: false, step, place, detail: wordsOf(error) });
  if (!isSocket) {
    try {
      await lookup(host);
    } catch (error) {
      return failed('name', error);
    }
    try {
      await touch(host, port);
    } catch (error) {
      return failed('connection', error);
    }
  }
  try {
    await client.connect();
  } catch (error) {
    client.end().catch(() => undefined);
    return failed(stepOf(error), error);
  }
  return { ok: true, client, place, isEncrypted: client.ssl };
}

export function clientFor(url: string, more: pg.ClientConfig = {}): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'hooktide doctor',
    connectionTimeoutMillis: TIMEOUT_MILLIS,
    query_timeout: TIMEOUT_MILLIS,
    ...more,
  });
  // What breaks says so to the query under way as well.
  client.on('error', () => undefined);
  return client;
}

function touch(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = dial({ host, port, timeout: TIMEOUT_MILLIS });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error) reject(error);
      else resolve();
    };
    socket
      .once('connect', () => end())
      .once('error', end)
      .once('timeout', () => end(new Error(`no connection within ${TIMEOUT_MILLIS} ms`)));
  });
}

/** Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function stepOf(error: unknown): Step {
  const { code = '', message } = error as Error & { code?: string };
  if (error instanceof pg.DatabaseError) {
    if (code === '3D000' || code === '42501') return 'database';
    return code.startsWith('28') ? 'sign-in' : 'answer';
  }
  if (/^SASL|password/.test(message)) return 'sign-in';
  if (/SSL|TLS|certificate/i.test(message) || /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|SELF_SIGNED|DEPTH_|UNABLE_)/.test(code)) {
    return 'tls';
  }
  return 'answer';
}

/** One error for each address that was tried. */
function wordsOf(error: unknown): string {
  const { message, code } = error as Error & { code?: string };
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join(', ');
  return message || code || String(error);
}
