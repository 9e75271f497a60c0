import { InvalidInputError } from '../errors/errors.js';
import { readText } from './fields.js';
import {
  cut,
  MAX_NAME_BYTES,
  ownType,
  parseJson,
  readName,
  readPayload,
  toEntries,
  toEntry,
  type Entry,
  type Payload,
  type UpdateLimits,
} from './read-updates.js';
import { readTraceContext } from './trace-context.js';
import { parseWebhookType } from './update-type.js';
import { UPDATE_TYPES, type Update, type UpdateType } from './update.js';
import { decodeUtf8 } from './utf8.js';

/**
 * Reads CloudEvents 1.0 whose data is a payload: https://github.com/cloudevents/spec. Attributes that mean nothing here
 * are left unread: other producers add their own. What they throw is what `readUpdates` throws, and names the event's
 * field: `[3].data.createdAt`, `ce-type`.
 */

/** Structured mode: one event as a JSON object. */
export function readEvent(text: string, limits: UpdateLimits): Update[] {
  return [readEntry(toEntry(text, parseJson(text, 'body')), limits)];
}

/** Batched mode: a JSON array of them, which may be empty. */
export function readEventBatch(text: string, limits: UpdateLimits): Update[] {
  const body = parseJson(text, 'body');
  if (!Array.isArray(body)) throw new InvalidInputError('body', 'body is no array: write a batch as [event, …]');
  return toEntries(text, body, limits).map((entry) => readEntry(entry, limits));
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Binary mode: the attributes are headers, and the data is the body. */
export function readBinaryEvent(headers: Headers, text: string, limits: UpdateLimits): Update[] {
  const attributes = {
    ...Object.fromEntries(ATTRIBUTES.map((name) => [name, readHeader(headers, `ce-${name}`)])),
    ...Object.fromEntries(OF_TRACE.map((name) => [name, decoded(headers[`ce-${name}`])])),
  };
  const value = parseJson(text, 'body');
  return [toUpdate({ attributes, path: 'ce-' }, { text: text.trim(), value, field: 'data' }, limits)];
}

/** Whether a request that isn't called a CloudEvent is one in binary mode. */
export function isBinaryEvent(headers: Headers): boolean {
  return REQUIRED.some((name) => headers[`ce-${name}`] !== undefined);
}

const REQUIRED = ['specversion', 'type', 'source', 'id'] as const;
const ATTRIBUTES = [...REQUIRED, 'application'] as const;
/** Extension "Distributed Tracing". What breaks its grammar is left unread. */
const OF_TRACE = ['traceparent', 'tracestate'] as const;

interface Envelope {
  /** Null means the same as missing (JSON format, §2.2). */
  attributes: Record<string, unknown>;
  /** What precedes an attribute's name in its path: nothing, `[3].` or `ce-`. */
  path: string;
}

function readEntry(entry: Entry, limits: UpdateLimits): Update {
  return toUpdate({ attributes: entry.fields, path: entry.path }, readData(entry), limits);
}

function toUpdate({ attributes, path }: Envelope, data: Payload, limits: UpdateLimits): Update {
  const { specversion, type, source, id, application, traceparent, tracestate } = attributes;
  readVersion(specversion ?? undefined, `${path}specversion`);
  const kind = readKind(type ?? undefined, `${path}type`);
  const name = readId(source ?? undefined, id ?? undefined, path);
  const update = readPayload(kind.type, data, limits);
  if (kind.state !== undefined && kind.state !== update.state) {
    const field = `${path}type`;
    const right = `${PREFIX}${kind.type}.${update.state}`.toLowerCase();
    throw new InvalidInputError(field, `${field} names another state than the data: write ${right}`);
  }
  return {
    ...update,
    id: name,
    ...readName('application', application ?? undefined, path),
    ...readTraceContext(traceparent, tracestate),
  };
}

function readVersion(value: unknown, field: string): void {
  if (readText(value, field, MAX_NAME_BYTES) === '1.0') return;
  throw new InvalidInputError(field, `${field} is another version: write 1.0`);
}

const PREFIX = 'io.hooktide.';

/** `io.hooktide.task`, `io.hooktide.task.task_running`, or the bare `TASK`. */
function readKind(value: unknown, field: string): { type: UpdateType; state?: string } {
  const text = readText(value, field, MAX_NAME_BYTES);
  const [name = '', state] = text.startsWith(PREFIX) ? text.slice(PREFIX.length).split('.', 2) : [text];
  const type = parseWebhookType(name);
  if (type === 'WEBHOOK_HEALTH') throw ownType(field);
  if (type) return { type, state: state?.toUpperCase() };
  const types = UPDATE_TYPES.join(', ');
  throw new InvalidInputError(field, `${field} names no update: write ${PREFIX}<type>, or <type>: one of ${types}`);
}

/** Source and id together are unique. A blank parts them, and therefore a source holds none: as a URI would write it. */
function readId(source: unknown, id: unknown, path: string): string {
  const from = readText(source, `${path}source`, MAX_NAME_BYTES).replaceAll(' ', '%20');
  const name = `${from} ${readText(id, `${path}id`, MAX_NAME_BYTES)}`;
  const bytes = Buffer.byteLength(name);
  if (bytes <= MAX_NAME_BYTES) return name;
  const field = `${path}id`;
  const most = MAX_NAME_BYTES - 1;
  throw new InvalidInputError(field, `${field} and ${path}source are ${bytes - 1} bytes long: write at most ${most}`);
}

function readData(entry: Entry): Payload {
  const { fields, path } = entry;
  const base64 = fields['data_base64'] ?? undefined;
  if (base64 === undefined) return { text: cut(entry, 'data'), value: fields.data, field: `${path}data` };
  const field = `${path}data_base64`;
  if (fields.data !== undefined) throw new InvalidInputError(field, `${field} stands beside data: write one of them`);
  const text = decodeBase64(base64, field);
  return { text: text.trim(), value: parseJson(text, field), field };
}

function decodeBase64(value: unknown, field: string): string {
  const base64 = readText(value, field, Infinity);
  const bytes = Buffer.from(base64, 'base64');
  // Buffer skips what is no Base64.
  if (bytes.toString('base64') !== base64) {
    throw new InvalidInputError(field, `${field} is no Base64: write it as RFC 4648 §4 has it, with its padding`);
  }
  try {
    return decodeUtf8(bytes);
  } catch {
    throw new InvalidInputError(field, `${field} holds no UTF-8: write JSON in UTF-8`);
  }
}

/** A header's value is percent-encoded; older producers put it in quotes (HTTP binding, §3.1.3.2). */
function readHeader(headers: Headers, field: string): string | undefined {
  const value = headers[field];
  const text = decoded(value);
  if (value === undefined || text !== undefined) return text;
  throw new InvalidInputError(field, `${field} is not percent-encoded UTF-8: write % as %25, and é as %C3%A9`);
}

/** Undefined: it is missing, or not percent-encoded. */
function decoded(header: string | string[] | undefined): string | undefined {
  const value = header?.toString();
  if (value === undefined || !/^[ -~]*$/.test(value)) return undefined;
  const quoted = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(quoted ?? value);
  } catch {
    return undefined;
  }
}
