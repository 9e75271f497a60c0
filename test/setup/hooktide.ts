import pg from 'pg';
import { loadConfig } from '../../src/config/load.js';
import { startService } from '../../src/service.js';
import { createLog, Log } from '../../src/telemetry/log.js';
import { watch, watchAnswer } from './canary.js';
import { createTestDatabase, type TestDatabase } from './database.js';

/** One line of the log, as data. */
export interface Logged {
  level: string;
  event: string;
  data: Record<string, unknown>;
}

/** A Hooktide in this process, on a database of its own, with what a test asks of it. */
export interface Hooktide {
  url: string;
  logged: Logged[];
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Registers a webhook, and answers with its id. */
  register(uri: string, type?: string, id?: string): Promise<string>;
  /** Posts updates, and answers with what was accepted. */
  post(updates: unknown): Promise<{ accepted: number; deliveries: number; ids: string[] }>;
  sql<Row = Record<string, unknown>>(statement: string, parameters?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at what it knows to be there
  json: any;
}

export interface HooktideOptions {
  /** Config keys by their variable, without `HOOKTIDE_`: `{ CHECK_WEBHOOKS_EVERY_MILLIS: '100' }`. */
  env?: Record<string, string>;
  /** Shared with another Hooktide; else a new one, dropped at the end. */
  database?: TestDatabase;
}

const DEFAULTS = { SERVER_PORT: '0', EGRESS_ALLOW: '127.0.0.0/8', CHECK_WEBHOOKS_EVERY_MILLIS: '100' };

export async function startHooktide({ env = {}, database }: HooktideOptions = {}): Promise<Hooktide> {
  const own = database ?? (await createTestDatabase());
  const variables = Object.entries({ ...DEFAULTS, ...env }).map(([key, value]) => [`HOOKTIDE_${key}`, value]);
  const loaded = loadConfig({ ...Object.fromEntries(variables), DATABASE_URL: own.url });
  const logged: Logged[] = [];
  const service = await startService(loaded, recording(logged)).catch(async (error: unknown) => {
    if (!database) await own.drop();
    throw error;
  });
  const pool = new pg.Pool({ connectionString: own.url, max: 2 });
  pool.on('error', () => undefined);

  const api = (method: string, path: string, body?: unknown) => call(service.url, method, path, body);
  return {
    url: service.url,
    logged,
    api,
    register: async (uri, type = 'REQUEST', id) => {
      const answer = await api('POST', '/api/webhooks', { uri, type, id });
      if (answer.json !== 'CREATED') throw new Error(`The webhook was not created: ${answer.text}`);
      const list = (await api('GET', '/api/webhooks')).json as { id: string; uri: string; type: string }[];
      return list.findLast((webhook) => webhook.uri === uri && webhook.type === type)?.id ?? '';
    },
    post: async (updates) => {
      const answer = await api('POST', '/api/updates', updates);
      if (answer.status !== 202) throw new Error(`The updates were not accepted: ${answer.text}`);
      return answer.json;
    },
    sql: async <Row>(statement: string, parameters: unknown[] = []) =>
      (await pool.query(statement, parameters)).rows as Row[],
    stop: async () => {
      await service.stop();
      await pool.end();
      if (!database) await own.drop();
    },
  };
}

/** Calls an API with JSON, or with a text as it stands. */
export async function call(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  watchAnswer({ method, path }, Object.fromEntries(response.headers), text);
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, json: isJson && text ? JSON.parse(text) : null };
}

/** Keeps what is said of what happened, and has it printed as it would be, to be looked at. */
function recording(logged: Logged[]): Log {
  const printed = createLog({ level: 'debug', format: 'json' }, { write: (line) => void watch(line, 'the log') });
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (event: string, data: object = {}): void => {
      logged.push({ level, event, data: data as Record<string, unknown> });
      printed[level](event, data);
    };
  return {
    debug: (event, data) => printed.debug(event, data),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
