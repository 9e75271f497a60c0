import { describe, expect, it } from 'vitest';
import { HooktideError, InvalidInputError, TooLargeError } from '../errors/errors.js';
import { isBinaryEvent, readBinaryEvent, readEvent, readEventBatch, type Headers } from './read-cloud-events.js';

const limits = { maxPayloadBytes: 1024, maxUpdatesPerRequest: 3 };
const payload = '{"createdAt":1546300861234,"eventType":"CREATED","request":{"id":"web","cpus":512.0}}';
const facts = {
  type: 'REQUEST',
  requestId: 'web',
  state: 'CREATED',
  subject: 'web',
  occurredAtMillis: 1546300861234,
  payload,
};
const attributes = { specversion: '1.0', type: 'io.hooktide.request.created', source: '/hooktide', id: 'e-1' };
/** `extra` follows, and so wins; null is the same as nothing. */
const event = (extra: object = {}, data = `,"data":${payload}`) =>
  `${JSON.stringify({ ...attributes, ...extra }).slice(0, -1)}${data}}`;
const headers = (extra: Headers = {}): Headers => ({
  'content-type': 'application/json',
  ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value])),
  ...extra,
});
const idOf = (source: string, id: string) => readEvent(event({ source, id }), limits)[0]!.id;
const batch = (count: number) => `[${Array<string>(count).fill(event()).join(',')}]`;
const base64 = (text: string | Buffer) => ({ data_base64: Buffer.from(text).toString('base64') });

function refusal(read: () => unknown): HooktideError & { field?: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof HooktideError) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('a CloudEvent', () => {
  it('becomes an update, whose id is made of source and id', () => {
    const text = event({ application: 'shop', time: '2019-01-01T00:00:00Z', traceparent: '00-1', requestid: 'web' });
    expect(readEvent(text, limits)).toEqual([{ ...facts, id: '/hooktide e-1', application: 'shop' }]);
  });

  it('gives its data byte for byte', () => {
    const data = `{ "createdAt":1e3,\n"request" : {"id":"\\u0077eb","n":9007199254740993},"eventType":"CREATED","x":512.0 }`;
    expect(readEvent(event({}, `, "data" :\t${data}  `), limits)[0]).toMatchObject({ payload: data, requestId: 'web' });
  });

  it('may have its data in Base64', () => {
    expect(readEvent(event(base64(` ${payload}\n`), ''), limits)).toEqual([{ ...facts, id: '/hooktide e-1' }]);
  });

  it.each([
    ['io.hooktide.request', 'REQUEST'],
    ['io.hooktide.request.created', 'REQUEST'],
    ['io.hooktide.request.CREATED', 'REQUEST'],
    ['io.hooktide.Request', 'REQUEST'],
    ['REQUEST', 'REQUEST'],
    ['request', 'REQUEST'],
  ])('of type %s is a %s', (type, expected) => {
    expect(readEvent(event({ type }), limits)[0]!.type).toBe(expected);
  });

  it.each(['io.hooktide.elevated_access.read', 'io.hooktide.elevated-access', 'elevated-access', 'Elevated.Access'])(
    'of type %s is an ELEVATED_ACCESS',
    (type) => {
      const data = ',"data":{"requestId":"all","user":"jdoe","scope":"READ","createdAt":1}';
      expect(readEvent(event({ type }, data), limits)[0]!.type).toBe('ELEVATED_ACCESS');
    },
  );

  it.each([
    ['com.example.someevent', 'io.hooktide.<type>'],
    ['io.hooktide', 'io.hooktide.<type>'],
    ['io.hooktide.', 'io.hooktide.<type>'],
    ['io.hooktide.job', 'REQUEST, DEPLOY, TASK, CRASHLOOP, ELEVATED_ACCESS'],
    ['io.hooktide.request.deleted', 'write io.hooktide.request.created'],
  ])('of type %s is refused, and told to be %s', (type, advice) => {
    const error = refusal(() => readEvent(event({ type }), limits));
    expect(error.field).toBe('type');
    expect(error.message).toContain(advice);
  });

  it('has the same id when its source is written with blanks or without, and another one otherwise', () => {
    expect(idOf('/a b', 'c')).toBe(idOf('/a%20b', 'c'));
    expect(idOf('/a b', 'c')).not.toBe(idOf('/a', 'b c'));
  });

  it('may fill 255 bytes with source, blank and id', () => {
    expect(readEvent(event({ source: 's'.repeat(100), id: 'ü'.repeat(77) }), limits)).toHaveLength(1);
    const error = refusal(() => readEvent(event({ source: 's'.repeat(101), id: 'ü'.repeat(77) }), limits));
    expect([error.field, error.message]).toEqual(['id', 'id and source are 255 bytes long: write at most 254']);
  });

  it.each([
    ['[]', 'body'],
    ['{', 'body'],
    [event({ specversion: null }), 'specversion'],
    [event({ specversion: '0.3' }), 'specversion'],
    [event({ specversion: 1 }), 'specversion'],
    [event({ type: undefined }), 'type'],
    [event({ type: '' }), 'type'],
    [event({ type: 7 }), 'type'],
    [event({ id: undefined }), 'id'],
    [event({ id: null }), 'id'],
    [event({ id: '' }), 'id'],
    [event({ id: 'a\0' }), 'id'],
    [event({ source: undefined }), 'source'],
    [event({ source: '' }), 'source'],
    [event({ source: 'x'.repeat(256) }), 'source'],
    [event({ application: 5 }), 'application'],
    [event({ application: '' }), 'application'],
    [event({}, ''), 'data'],
    [event({ data: null }, ''), 'data'],
    [event({ data: payload }, ''), 'data'],
    [event({ data: [payload] }, ''), 'data'],
    [event({ data: {} }, ''), 'data.request'],
    [event({ data: { request: { id: 'r' }, eventType: 'CREATED' } }, ''), 'data.createdAt'],
    [event(base64(payload)), 'data_base64'],
    [event({ data_base64: 7 }, ''), 'data_base64'],
    [event({ data_base64: '' }, ''), 'data_base64'],
    [event({ data_base64: 'e30' }, ''), 'data_base64'],
    [event({ data_base64: 'e30=\n' }, ''), 'data_base64'],
    [event(base64('{'), ''), 'data_base64'],
    [event(base64(Buffer.from([0x22, 0xff, 0x22])), ''), 'data_base64'],
    [event(base64('[]'), ''), 'data_base64'],
    [event(base64('{}'), ''), 'data_base64.request'],
  ])('is refused as %s, with the field at fault: %s', (text, field) => {
    const error = refusal(() => readEvent(text, limits));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.field).toBe(field);
    expect(error.message.startsWith(field)).toBe(true);
  });

  it('counts a payload in bytes, also that in Base64', () => {
    const long = payload.replace('web', 'x'.repeat(500)).replace('512.0', `"${'x'.repeat(500)}"`);
    expect(refusal(() => readEvent(event({}, `,"data":${long}`), limits))).toBeInstanceOf(TooLargeError);
    expect(refusal(() => readEvent(event(base64(long), ''), limits))).toBeInstanceOf(TooLargeError);
  });
});

describe('a batch of CloudEvents', () => {
  it('keeps its order', () => {
    const text = ` [ ${event({ id: 'a' })} ,${event({ id: 'b', ...base64(payload) }, '')}]`;
    expect(readEventBatch(text, limits)).toEqual([
      { ...facts, id: '/hooktide a' },
      { ...facts, id: '/hooktide b' },
    ]);
  });

  it('may be empty', () => expect(readEventBatch('[]', limits)).toEqual([]));

  it.each([
    [event(), 'body'],
    ['null', 'body'],
    [`[${event()},7]`, '[1]'],
    [`[${event()},${event({ type: 'x' })}]`, '[1].type'],
    [`[${event({}, ',"data":{"request":{"id":"r"},"eventType":"CREATED"}')}]`, '[0].data.createdAt'],
    [`[${event({ id: null })}]`, '[0].id'],
  ])('is refused as %s, with the field at fault: %s', (text, field) => {
    expect(refusal(() => readEventBatch(text, limits)).field).toBe(field);
  });

  it('holds no more than the limit', () => {
    expect(readEventBatch(batch(3), limits)).toHaveLength(3);
    expect(refusal(() => readEventBatch(batch(4), limits))).toBeInstanceOf(TooLargeError);
  });
});

describe('a CloudEvent in binary mode', () => {
  it('has its attributes in headers and its data in the body', () => {
    expect(readBinaryEvent(headers({ 'ce-application': 'shop', 'ce-x': 'y' }), `\n${payload} `, limits)).toEqual([
      { ...facts, id: '/hooktide e-1', application: 'shop' },
    ]);
  });

  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['50%25', '50%'],
    ['"quoted \\"and\\" escaped %25"', 'quoted "and" escaped %'],
    ['"', '"'],
  ])('decodes %s once', (value, text) => {
    const [update] = readBinaryEvent(headers({ 'ce-application': value }), payload, limits);
    expect(update!.application).toBe(text);
  });

  it.each([
    [{ 'ce-specversion': undefined }, 'ce-specversion'],
    [{ 'ce-specversion': '0.3' }, 'ce-specversion'],
    [{ 'ce-type': 'com.example.x' }, 'ce-type'],
    [{ 'ce-type': 'io.hooktide.request.deleted' }, 'ce-type'],
    [{ 'ce-id': '' }, 'ce-id'],
    [{ 'ce-id': '%00' }, 'ce-id'],
    [{ 'ce-id': '50%' }, 'ce-id'],
    [{ 'ce-id': '%C0%A0' }, 'ce-id'],
    [{ 'ce-source': undefined }, 'ce-source'],
    [{ 'ce-application': 'k\u00c3\u00b6ln' }, 'ce-application'],
    [{ 'ce-source': 's'.repeat(200), 'ce-id': 'i'.repeat(55) }, 'ce-id'],
  ])('is refused with %j, with the header at fault', (extra, field) => {
    expect(refusal(() => readBinaryEvent(headers(extra), payload, limits)).field).toBe(field);
  });

  it.each([
    ['', 'body'],
    ['7', 'data'],
    ['{}', 'data.request'],
  ])('is refused with the body %j, with the field at fault', (body, field) => {
    expect(refusal(() => readBinaryEvent(headers(), body, limits)).field).toBe(field);
  });

  it('is known by any header that it must have', () => {
    expect(isBinaryEvent({ 'ce-id': '1' })).toBe(true);
    expect(isBinaryEvent({ 'content-type': 'application/json', 'ce-team': 'x' })).toBe(false);
  });
});
