import { closest } from 'fastest-levenshtein';
import { InvalidInputError, TooLargeError } from '../errors/errors.js';
import { readObject, readText, readWord } from './fields.js';
import { readFacts } from './payload.js';
import { sliceMembers, sliceRecords, type Slice } from './slice.js';
import { parseUpdateType } from './update-type.js';
import { UPDATE_TYPES, type Update, type UpdateType } from './update.js';

export interface UpdateLimits {
  /** Of one payload, in bytes of UTF-8. */
  maxPayloadBytes: number;
  maxUpdatesPerRequest: number;
}

const FIELDS = ['type', 'payload', 'id', 'application'] as const;
const MAX_NAME_BYTES = 255;

/**
 * Reads the body of `POST /api/updates`: one `{type, payload, id?, application?}`, or an array of them. Each payload is
 * cut out of the text byte for byte.
 * @throws InvalidInputError with the path of the field at fault (`payload.createdAt`, `[3].type`, `body`)
 * @throws TooLargeError for a payload or an array over its limit
 */
export function readUpdates(text: string, limits: UpdateLimits): Update[] {
  const body = parse(text);
  if (!Array.isArray(body)) {
    const fields = readObject(body, 'body');
    return [readUpdate({ text, fields, slices: sliceMembers(text, 0), path: '' }, limits)];
  }
  if (body.length === 0) throw new InvalidInputError('body', 'body is an empty array: write at least one update');
  if (body.length > limits.maxUpdatesPerRequest) {
    throw new TooLargeError(
      `body holds ${body.length} updates: send at most ${limits.maxUpdatesPerRequest} in one request`,
    );
  }
  // All are objects before any is cut: the slicer trusts its input.
  const items = body.map((item: unknown, index) => readObject(item, `[${index}]`));
  const records = sliceRecords(text, 0);
  return items.map((fields, index) =>
    readUpdate({ text, fields, slices: records[index]!, path: `[${index}].` }, limits),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidInputError('body', `body is no JSON: ${error.message}`);
  }
}

/** One update as it stands in the body: its parsed fields, and where each of them was written. */
interface Entry {
  text: string;
  fields: Record<string, unknown>;
  slices: Map<string, Slice>;
  /** What precedes a field's name in its path: nothing, or `[3].` */
  path: string;
}

function readUpdate({ text, fields, slices, path }: Entry, limits: UpdateLimits): Update {
  refuseUnknown(fields, path);
  const type = readType(fields.type, `${path}type`);
  readObject(fields.payload, `${path}payload`);
  const slice = slices.get('payload')!;
  const payload = text.slice(slice.start, slice.end);
  refuseLonger(payload, `${path}payload`, limits.maxPayloadBytes);

  const update: Update = { type, payload, ...readFacts(type, fields.payload, `${path}payload`) };
  if (fields.id !== undefined) update.id = readText(fields.id, `${path}id`, MAX_NAME_BYTES);
  if (fields.application !== undefined) {
    update.application = readText(fields.application, `${path}application`, MAX_NAME_BYTES);
  }
  return update;
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
  const type = typeof value === 'string' ? parseUpdateType(value) : null;
  return type ?? readWord(value, field, UPDATE_TYPES);
}
