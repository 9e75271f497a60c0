/** Where a trace goes on: what W3C Trace Context calls `traceparent` and `tracestate` (https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** Of version 00: `00-<trace id>-<parent id>-<flags>`. */
  traceParent: string;
  /** What tracing systems add for themselves; missing: nothing. */
  traceState?: string;
}

/** §3.2.2, and what §3.2.4 says of versions to come: the first four fields stay, more may follow. */
const PARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const MOST_OF_PARENT = 512;
const NOTHING = /^0+$/;

/** §3.3.1.3.1 and §3.3.1.3.2: a key, perhaps with the tenant before it, and a value without comma and equals sign. */
const MEMBER =
  /^(?:[a-z][\da-z_\-*/]{0,255}|[\da-z][\da-z_\-*/]{0,240}@[a-z][\da-z_\-*/]{0,13})=[ -+--<>-~]{0,255}[!-+--<>-~]$/;
const MOST_MEMBERS = 32;
/** §3.3.1.5: so much is handed on; where it is more, members beyond the second length go first, then those at the end. */
const MOST_CHARACTERS = 512;
const LONG_MEMBER = 128;

/**
 * Reads what a sender gave, whatever it is. What breaks the grammar is no trace: the answer is undefined, and never an error.
 * A `tracestate` that breaks it is left out alone. Neither is changed but as the rule above has it.
 */
export function readTraceContext(parent: unknown, state?: unknown): TraceContext | undefined {
  const traceParent = readParent(parent);
  if (traceParent === undefined) return undefined;
  const traceState = readState(state);
  return traceState === undefined ? { traceParent } : { traceParent, traceState };
}

function readParent(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length > MOST_OF_PARENT) return undefined;
  const text = given.trim();
  const [, version, traceId = '', parentId = '', flags = '', more] = PARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || NOTHING.test(traceId) || NOTHING.test(parentId)) return undefined;
  if (version === '00') return more === undefined ? text : undefined;
  // §3.2.4: a later one is handed on as version 00, with the one flag that it is known to share.
  return `00-${traceId}-${parentId}-0${Number.parseInt(flags, 16) & 1}`;
}

function readState(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  const members = given
    .split(',')
    .map((member) => member.replace(/^[\t ]+|[\t ]+$/g, ''))
    // §3.3.1.2: empty members are allowed.
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > MOST_MEMBERS || !members.every((member) => MEMBER.test(member))) {
    return undefined;
  }
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  return keys.size === members.length ? shortened(members) : undefined;
}

function shortened(members: readonly string[]): string | undefined {
  let kept = [...members];
  const isTooLong = () => kept.join().length > MOST_CHARACTERS;
  if (isTooLong()) kept = kept.filter((member) => member.length <= LONG_MEMBER);
  while (isTooLong()) kept.pop();
  return kept.length === 0 ? undefined : kept.join();
}
