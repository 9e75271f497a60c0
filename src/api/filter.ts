import { nearest } from '../config/nearest.js';
import { AUDITED } from '../database/audit.js';
import { InvalidInputError } from '../errors/errors.js';
import { DELIVERY_STATES } from '../queue/sql/delivery-view.js';
import { DROP_REASONS } from '../queue/sql/dead-letters.js';
import { ALL_IDS, firstIdAt, type IdRange } from '../queue/sql/update-ids.js';
import { MESSAGE_STATUSES } from '../queue/sql/messages.js';
import { readText, readWord } from '../updates/fields.js';
import { parseWebhookType } from '../updates/update-type.js';
import { QUEUED_TYPES, type QueuedType } from '../updates/update.js';
import { idSpellings } from '../updates/url-encoder.js';
import { readLimit } from './page.js';
import { readMoment } from './moment.js';

/** The longest that any id can be, in bytes. */
const MAX_BYTES = 2_000;

const text = (value: unknown, field: string): string => readText(value, field, MAX_BYTES);

/** What lists and replays can be asked for, by the name of the parameter or field. */
const READ = {
  type: (value: unknown, field: string): QueuedType =>
    (typeof value === 'string' ? parseWebhookType(value) : null) ??
    readWord(value === 'message' ? 'MESSAGE' : value, field, QUEUED_TYPES),
  requestId: text,
  deployId: text,
  taskId: text,
  application: text,
  /** Hooktide's or the client's. */
  id: text,
  updateId: text,
  webhookId: (value: unknown, field: string): string[] => idSpellings(text(value, field)),
  state: (value: unknown, field: string) => readWord(value, field, DELIVERY_STATES),
  /** Of a direct message. */
  status: (value: unknown, field: string) => readWord(value, field, MESSAGE_STATUSES),
  group: text,
  tag: text,
  /** A `*` stands for any characters. */
  uri: text,
  reason: (value: unknown, field: string) => readWord(value, field, DROP_REASONS),
  /** The name of who changed something. */
  actor: text,
  action: (value: unknown, field: string) => readWord(value, field, AUDITED),
  since: readMoment,
  until: readMoment,
  limit: readLimit,
  /** Where the page before ended, as its `next` said. */
  after: text,
  payload: (value: unknown, field: string): boolean => readWord(value, field, ['true', 'false']) === 'true',
};
type Name = keyof typeof READ;

/** What was asked for; null: it wasn't. */
export type Filter<N extends Name> = { [K in N]: ReturnType<(typeof READ)[K]> | null };

/**
 * Reads a query or a body strictly.
 * @throws InvalidInputError for the first that is unknown or wrong
 */
export function readFilter<N extends Name>(given: Record<string, unknown>, names: readonly N[]): Filter<N> {
  for (const name of Object.keys(given)) if (!names.some((known) => known === name)) refuseUnknown(name, names);
  const read = names.map((name) => [name, given[name] === undefined ? null : READ[name](given[name], name)]);
  return Object.fromEntries(read) as Filter<N>;
}

/** Times are those of acceptance: `since` belongs, `until` doesn't. */
export function rangeOf({ since, until }: Filter<'since' | 'until'>): IdRange & { isBounded: boolean } {
  return {
    from: since === null ? ALL_IDS.from : firstIdAt(since),
    before: until === null ? ALL_IDS.before : firstIdAt(until),
    isBounded: since !== null || until !== null,
  };
}

function refuseUnknown(given: string, names: readonly string[]): never {
  const name = given.length > 64 ? `${given.slice(0, 64)}…` : given;
  const help = names.length === 0 ? 'leave it out' : `write ${nearest(name, names)}? Known are ${names.join(', ')}`;
  throw new InvalidInputError(name, `${name} is not known here: ${help}`);
}
