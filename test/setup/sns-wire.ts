import { randomUUID } from 'node:crypto';

/** A call as it arrived, by the Query protocol of SNS. */
export interface Call {
  action: string;
  form: URLSearchParams;
  /** Of the signature. */
  accessKeyId: string;
  region: string;
  requestId: string;
  topicArn: string | null;
  /** Of a batch. */
  entries: CallEntry[];
  /** The server behind has answered with success. */
  isDone: boolean;
  /** What counts towards 256 KiB. */
  bytes: number;
}

export interface CallEntry {
  /** From 1, as it stands in the form. */
  index: number;
  id: string;
  message: string;
  group: string | null;
  dedupId: string | null;
  attributes: Record<string, { type: string; value: string }>;
  /** Every field's name, as `Message`, `MessageAttributes.entry.1.Name`. */
  fields: string[];
}

const MEMBER = /^PublishBatchRequestEntries\.member\.(\d+)\.(.+)$/;

export function readCall(body: string, authorization: string): Call {
  const form = new URLSearchParams(body);
  const members = new Map<number, Map<string, string>>();
  for (const [name, value] of form) {
    const [, index, field = ''] = MEMBER.exec(name) ?? [];
    if (index === undefined) continue;
    const fields = members.get(Number(index)) ?? new Map<string, string>();
    members.set(Number(index), fields.set(field, value));
  }
  const [, accessKeyId = '', region = ''] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(authorization) ?? [];
  const entries = [...members].map(([index, fields]) => toEntry(index, fields));
  return {
    action: form.get('Action') ?? '',
    form,
    accessKeyId,
    region,
    requestId: randomUUID(),
    topicArn: form.get('TopicArn'),
    entries,
    isDone: false,
    bytes: entries.reduce((sum, entry) => sum + bytesOf(entry), 0),
  };
}

/** A batch without some of its entries: the others are counted anew, as servers stop at a gap. */
export function without(form: URLSearchParams, gone: CallEntry[]): URLSearchParams {
  const left = new URLSearchParams();
  const places = new Map<string, number>();
  for (const [name, value] of form) {
    const [, index, field] = MEMBER.exec(name) ?? [];
    if (index === undefined) left.append(name, value);
    else if (!gone.some((entry) => entry.index === Number(index))) {
      const place = places.get(index) ?? places.size + 1;
      places.set(index, place);
      left.append(`PublishBatchRequestEntries.member.${place}.${field}`, value);
    }
  }
  return left;
}

/** The code with which AWS refuses the call, if it does. */
export function errorOf({ action, entries, bytes, topicArn }: Call): string | null {
  if (action !== 'PublishBatch') return null;
  if (entries.length === 0) return 'EmptyBatchRequest';
  if (entries.length > 10) return 'TooManyEntriesInBatchRequest';
  if (new Set(entries.map(({ id }) => id)).size < entries.length) return 'BatchEntryIdsNotDistinct';
  if (!entries.every(({ id }) => /^[\w-]{1,80}$/.test(id))) return 'InvalidBatchEntryId';
  if (bytes > 262_144) return 'BatchRequestTooLong';
  const isFifo = topicArn?.endsWith('.fifo') ?? false;
  return entries.every((entry) => isValid(entry, isFifo)) ? null : 'InvalidParameter';
}

function isValid({ message, group, dedupId, attributes }: CallEntry, isFifo: boolean): boolean {
  const isId = (text: string | null) => (isFifo ? /^[!-~]{1,128}$/.test(text ?? '') : text === null);
  const isFilled = Object.values(attributes).every(({ type, value }) => type === 'String' && value !== '');
  return message !== '' && isFilled && isId(group) && isId(dedupId);
}

function toEntry(index: number, fields: Map<string, string>): CallEntry {
  const attributes: CallEntry['attributes'] = {};
  for (const [field, name] of fields) {
    const entry = /^(MessageAttributes\.entry\.\d+)\.Name$/.exec(field)?.[1];
    if (entry === undefined) continue;
    const type = fields.get(`${entry}.Value.DataType`) ?? '';
    attributes[name] = { type, value: fields.get(`${entry}.Value.StringValue`) ?? '' };
  }
  return {
    index,
    id: fields.get('Id') ?? '',
    message: fields.get('Message') ?? '',
    group: fields.get('MessageGroupId') ?? null,
    dedupId: fields.get('MessageDeduplicationId') ?? null,
    attributes,
    fields: [...fields.keys()],
  };
}

function bytesOf({ message, attributes }: CallEntry): number {
  const texts = Object.entries(attributes).flatMap(([name, { type, value }]) => [name, type, value]);
  return [message, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
