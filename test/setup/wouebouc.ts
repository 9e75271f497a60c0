import type { Handler, Receiver } from './receivers.js';
import { startReceiver } from './receivers.js';

/** wouebouc, as users of Sail run it: test/fixtures/sail/wouebouc-receiver-behaviour.json says what it does. */
export interface Wouebouc {
  /** Where events are posted. */
  url: string;
  receiver: Receiver;
  /** What `GET /api/list` shows: all events, in the order of their files. */
  list(): unknown[];
}

const ALLOWED = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Max-Age': '86400',
  'Access-Control-Allow-Methods': 'POST, GET, OPTIONS, PUT, DELETE, UPDATE',
  'Access-Control-Allow-Headers': 'Origin, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization',
  'Access-Control-Expose-Headers': 'Content-Length',
  'Access-Control-Allow-Credentials': 'true',
};

/** @param second the name of the file that is written to: events of one second share it */
export async function startWouebouc(second: () => number = () => Math.floor(Date.now() / 1000)): Promise<Wouebouc> {
  /** By their second; what is posted is appended, whatever it is. */
  const files = new Map<number, string>();
  const texts = () => [...files].toSorted(([a], [b]) => a - b).map(([, file]) => file);
  const answer: Handler = (response, { method, path, body }) => {
    const reply = (status: number, json: unknown) =>
      response.writeHead(status, { ...ALLOWED, 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    if (method === 'OPTIONS') return reply(200, '');
    if (path === '/') return reply(200, { ok: true, status: 200, name: 'go-apish' });
    if (path === '/api/list') {
      const all = texts().map(readAll);
      return all.includes(null) ? reply(500, { error: 'exit status 4' }) : reply(200, all.flat());
    }
    if (path !== '/api/post') return reply(404, { error: 'Resource not found' });
    const file = (files.get(second()) ?? '') + body;
    files.set(second(), file);
    const [only, ...others] = readAll(file) ?? [];
    return only === undefined || others.length > 0 ? reply(400, { error: 'Invalid JSON' }) : reply(200, only);
  };
  const receiver = await startReceiver(answer);
  return { url: `${receiver.url}api/post`, receiver, list: () => texts().flatMap((file) => readAll(file) ?? []) };
}

/** The JSON texts in a file, as jq reads them; null where it holds something else. */
function readAll(file: string): unknown[] | null {
  try {
    return JSON.parse(`[${file.replaceAll('}{', '},{')}]`) as unknown[];
  } catch {
    return null;
  }
}
