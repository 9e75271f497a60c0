import type { Formattable } from './format.js';

/** A data value that stands for all that the event says (superhooks, `dump_params`). */
const DUMP_PARAMS = 'dump_params';

/** What the source supervisord adds to the payload of a TASK, as far as it is needed here. */
interface SupervisorPart {
  event: string;
  payload: string;
  data: Record<string, string>;
}

/**
 * The fields that superhooks sends for an event of supervisord, in its order: its own four, then the operator's data,
 * which may replace them (contract of superhooks, §3 and §4). None for an update that didn't come from supervisord.
 */
export function superhooksFields({ type, payload }: Formattable): Map<string, string> {
  const part = type === 'TASK' && payload.includes('"supervisor"') ? partOf(JSON.parse(payload)) : null;
  if (part === null) return new Map();
  const [line = ''] = part.payload.split('\n', 1);
  const tokens = line.split(' ').filter((token) => token !== '');
  const pheaders = tokens.map((token) => `${token} `).join('');
  const fields = new Map([
    ['process_name', `${valueIn(tokens, 'groupname')}:${valueIn(tokens, 'processname')}`],
    ['from_state', valueIn(tokens, 'from_state')],
    ['event_name', part.event],
    ['pheaders_all', pheaders],
  ]);
  const dump = `${part.event}\n${pheaders.replaceAll(' ', '\n').replaceAll(':', ': ')}`;
  for (const [name, value] of Object.entries(part.data)) fields.set(name, value === DUMP_PARAMS ? dump : value);
  return fields;
}

/** A value may hold `:`. */
function valueIn(tokens: readonly string[], key: string): string {
  return tokens.find((token) => token.startsWith(`${key}:`))?.slice(key.length + 1) ?? '';
}

/** Anybody may send a payload with such a member: what isn't shaped as the source's is none of it. */
function partOf(payload: unknown): SupervisorPart | null {
  const part = isObject(payload) ? payload['supervisor'] : null;
  if (!isObject(part)) return null;
  const { event, payload: text, data } = part;
  if (typeof event !== 'string' || !event.startsWith('PROCESS_STATE_') || typeof text !== 'string') return null;
  return { event, payload: text, data: isObject(data) ? textsIn(data) : {} };
}

function textsIn(data: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
