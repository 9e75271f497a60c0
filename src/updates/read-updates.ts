import { closest } from 'fastest-levenshtein';
import { InvalidInputError, TooLargeError } from '../errors/errors.js';
import { readObject, readText, readWord } from './fields.js';
import { readFacts } from './payload.js';
import { sliceMembers, sliceRecords, type Slice } from './slice.js';
import { parseWebhookType } from './update-type.js';
import { UPDATE_TYPES, type Update, type UpdateType } from './update.js';

export interface UpdateLimits {
  /** Of one payload, in bytes of UTF-8. */
  maxPayloadBytes: number;
  maxUpdatesPerRequest: number;
}

const FIELDS = ['type', 'payload', 'id', 'application'] as const;
/** Of an id or an application, in UTF-8. */
export const MAX_NAME_BYTES = 255;

/**
 * Reads the body of `POST /api/updates`: one `{type, payload, id?, application?}`, or an array of them. Each payload is
 * cut out of the text byte for byte.
 * @throws InvalidInputError with the path of the field at fault (`payload.createdAt`, `[3].type`, `body`)
 * @throws TooLargeError for a payload or an array over its limit
 */
export function readUpdates(text: string, limits: UpdateLimits): Update[] {
  const body = parseJson(text, 'body');
  if (!Array.isArray(body)) return [readUpdate(toEntry(text, body), limits)];
  if (body.length === 0) throw new InvalidInputError('body', 'body is an empty array: write at least one update');
  return toEntries(text, body, limits).map((entry) => readUpdate(entry, limits));
}

export function parseJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInputError(field, `${field} is no JSON: ${error.message}`);
  }
}

/** One object as it stands in the body: its parsed fields, and where each of them was written. */
export interface Entry {
  text: string;
  fields: Record<string, unknown>;
  slices: Map<string, Slice>;
  /** What precedes a field's name in its path: nothing, or `[3].` */
  path: string;
}

/** `body` is what the text was parsed to. */
export function toEntry(text: string, body: unknown): Entry {
  return { text, fields: readObject(body, 'body'), slices: sliceMembers(text, 0), path: '' };
}

/** The same for an array of objects. */
export function toEntries(text: string, body: unknown[], limits: UpdateLimits): Entry[] {
  if (body.length > limits.maxUpdatesPerRequest) {
    throw new TooLargeError(
      `body holds ${body.length} updates: send at most ${limits.maxUpdatesPerRequest} in one request`,
    );
  }
  // All are objects before any is cut: the slicer trusts its input.
  const items = body.map((item, index) => readObject(item, `[${index}]`));
  const records = sliceRecords(text, 0);
  return items.map((fields, index) => ({ text, fields, slices: records[index]!, path: `[${index}].` }));
}

/** The text of an entry's field, byte for byte; empty where it has none. */
export function cut({ text, slices }: Entry, name: string): string {
  const slice = slices.get(name);
  return slice ? text.slice(slice.start, slice.end) : '';
}

function readUpdate(entry: Entry, limits: UpdateLimits): Update {
  const { fields, path } = entry;
  refuseUnknown(fields, path);
  const type = readType(fields.type, `${path}type`);
  const payload = { text: cut(entry, 'payload'), value: fields.payload, field: `${path}payload` };
  return {
    ...readPayload(type, payload, limits),
    ...readName('id', fields.id, path),
    ...readName('application', fields.application, path),
  };
}

/** A payload, what it was parsed to, and its path in the input. */
export interface Payload {
  text: string;
  value: unknown;
  field: string;
}

/** The update that a payload tells of. */
export function readPayload(type: UpdateType, { text, value, field }: Payload, limits: UpdateLimits): Update {
  readObject(value, field);
  refuseLonger(text, field, limits.maxPayloadBytes);
  return { type, payload: text, ...readFacts(type, value, field) };
}

/** A field that may be left out. */
export function readName<N extends string>(name: N, value: unknown, path: string): { [key in N]?: string } {
  if (value === undefined) return {};
  return { [name]: readText(value, path + name, MAX_NAME_BYTES) } as { [key in N]: string };
}

function refuseUnknown(fields: object, path: string): void {
  const unknown = Object.keys(fields).find((key) => !FIELDS.some((field) => field === key));
  if (unknown === undefined) return;
  const name = unknown.length > 64 ? `${unknown.slice(0, 64)}…` : unknown;
  throw new InvalidInputError(
    path + name,
    `${path}${name} is no field of an update: write ${closest(name, FIELDS)}? An update has ${FIELDS.join(', ')}`,
  );
}

function refuseLonger(payload: string, field: string, maxBytes: number): void {
  // A UTF-16 unit is three bytes of UTF-8 at most: short payloads needn't be counted.
  if (payload.length * 3 <= maxBytes) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes > maxBytes) throw new TooLargeError(`${field} is ${bytes} bytes long: send at most ${maxBytes}`);
}

function readType(value: unknown, field: string): UpdateType {
  const type = typeof value === 'string' ? parseWebhookType(value) : null;
  if (type === 'WEBHOOK_HEALTH') throw ownType(field);
  return type ?? readWord(value, field, UPDATE_TYPES);
}

/** Of the health of webhooks nobody else tells: who trusts such an update trusts Hooktide. */
export function ownType(field: string): InvalidInputError {
  const types = UPDATE_TYPES.join(', ');
  return new InvalidInputError(
    field,
    `${field} is WEBHOOK_HEALTH, of which only Hooktide tells: write one of ${types}`,
  );
}
