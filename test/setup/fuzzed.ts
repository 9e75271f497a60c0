import { createLog } from '../../src/telemetry/log.js';
import type { Logged } from './hooktide.js';
import { asJson, send, type RawAnswer, type RawRequest } from './http.js';
import { bearing, OPERATOR, startLocked, type LockedHooktide } from './tokens.js';

/** A Hooktide that is to withstand whatever comes. */
export interface Fuzzed extends LockedHooktide {
  /** Asks as who may do everything. Throws where the answer is a 5xx, isn't what it says, or holds an injected header. */
  ask(request: RawRequest): Promise<RawAnswer>;
  /** What is wrong with it since the last time: empty, if it lives, failed at nothing, and logged one line an event. */
  wrong(): Promise<string[]>;
}

/** Always the same cases, so that a failure is one for everybody; the report of a failure names what to replay. */
export const runs = (numRuns: number) => ({ numRuns, seed: 20_261_122 });

export async function startFuzzed(): Promise<Fuzzed> {
  const env = { HTTP_CONNECT_TIMEOUT_MILLIS: '1000', HTTP_TOTAL_TIMEOUT_MILLIS: '2000' };
  const hooktide = await startLocked({ env });
  const { url, logged } = hooktide;
  return {
    ...hooktide,
    ask: async (request) => {
      const answer = await send(url, { ...request, headers: { ...bearing(OPERATOR), ...asJson, ...request.headers } });
      const fault = faultOf(answer);
      if (fault === null) return answer;
      const { method, path, body } = request;
      throw new Error([fault, method, path, body?.toString().slice(0, 2_000), answer.status, answer.text].join('\n'));
    },
    wrong: async () => {
      const events = logged.splice(0);
      const failed = events.filter(({ level }) => level === 'error').map((line) => JSON.stringify(line));
      const { status } = await send(url, { method: 'GET', path: '/healthz' });
      return [...failed, ...events.flatMap(forgedBy), ...(status === 200 ? [] : [`/healthz answers ${status}`])];
    },
  };
}

function faultOf({ status, headers, text }: RawAnswer): string | null {
  if (status >= 500) return 'It failed';
  if ('x-injected' in headers) return 'A header was injected';
  if (!String(headers['content-type']).includes('json') || text === '') return null;
  try {
    JSON.parse(text);
    return null;
  } catch {
    return 'It says that it is JSON';
  }
}

/** What the log prints of one event, in each format, where that isn't one line that tells of it. */
function forgedBy({ event, data }: Logged): string[] {
  return (['json', 'pretty'] as const).flatMap((format) => {
    let text = '';
    createLog({ level: 'info', format }, { write: (line) => void (text += line) }).info(event, data);
    const isOne = text.indexOf('\n') === text.length - 1;
    return isOne && (format === 'pretty' || (JSON.parse(text) as Logged).event === event) ? [] : [text];
  });
}
