import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBody } from './read-body.js';
import { readFields, type Fields } from './read-fields.js';
import { MessageRefusedError, type FieldError } from './refused.error.js';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/fixtures/hook-slinger/${name}`, import.meta.url), 'utf8')) as {
    rows: unknown[];
  };
interface Row {
  body: string;
  status: number;
  took?: { to_url: string; to_auth: string | null; tag: string | null; group: string | null; payload: string };
  detail?: FieldError[];
}
const bodies = read('fastapi-bodies.json').rows as Row[];
const types = read('fastapi-content-types.json').rows as { contentType: string | null; detail: FieldError[] }[];

const fieldsOf = (body: string, contentType?: string): Fields => readFields(readBody(Buffer.from(body), contentType));

function refusalOf(act: () => unknown): { status: number; detail: unknown } {
  try {
    act();
  } catch (error) {
    if (error instanceof MessageRefusedError) return { status: error.status, detail: error.detail };
    throw error;
  }
  throw new Error('it was taken');
}

describe('fields', () => {
  it.each(bodies.filter(({ took }) => took))('are taken as FastAPI and pydantic take them: $body', ({ body, took }) => {
    const { toUrl, toAuth, tag, group, payload } = fieldsOf(body);
    expect({ to_url: toUrl, to_auth: toAuth, tag, group, payload }).toEqual(took);
  });

  it.each(bodies.filter(({ detail }) => detail))(
    'are refused in the words of pydantic: $body',
    ({ body, status, detail }) => {
      expect(refusalOf(() => fieldsOf(body))).toEqual({ status, detail });
    },
  );

  it.each(types)('are read from JSON only, by its content type $contentType', ({ contentType, detail }) => {
    expect(refusalOf(() => fieldsOf('{}', contentType ?? undefined))).toEqual({ status: 422, detail });
  });
});

const body = (fields: string) => `{"to_url":"http://a.bc","payload":{}${fields}}`;
const problem = (field: string, msg: string) => ({
  status: 422,
  detail: [{ loc: ['body', field], msg, type: 'value_error' }],
});

describe('what Hook Slinger takes and fails at later', () => {
  it.each([
    ['to_auth', '"a\\nb"', 'this can not be sent as a header'],
    ['to_auth', '"a\\u0000"', 'this can not be sent as a header'],
    ['to_auth', '"Bearer \\u2713"', 'this can not be sent as a header'],
    ['tag', '"\\u0000"', 'a NUL and half a surrogate pair are not taken'],
    ['tag', '"\\ud800"', 'a NUL and half a surrogate pair are not taken'],
    ['group', '"a\\udc00"', 'a NUL and half a surrogate pair are not taken'],
    ['group', `"${'é'.repeat(190)}x"`, 'ensure this value has at most 380 bytes'],
    ['tag', '9'.repeat(381), 'ensure this value has at most 380 bytes'],
    ['to_url', '"http://a.bc/\\u0000"', 'a NUL and half a surrogate pair are not taken'],
    ['payload', '{"a":[{"b":NaN}]}', 'NaN is no JSON, and is not sent'],
    ['payload', '[["a",-Infinity]]', '-Infinity is no JSON, and is not sent'],
  ])('is refused at once: %s %j', (field, value, msg) => {
    expect(refusalOf(() => fieldsOf(body(`,"${field}":${value}`)))).toEqual(problem(field, msg));
  });

  it('is refused together with the rest, in the order of the fields', () => {
    const { detail } = refusalOf(() => fieldsOf('{"payload":{"a":NaN},"group":[],"to_auth":"\\n","tag":"\\u0000"}'));
    expect((detail as FieldError[]).map(({ loc }) => loc[1])).toEqual(['to_url', 'to_auth', 'tag', 'group', 'payload']);
  });

  it.each([
    ['to_auth', 'toAuth', '"Bearer é\\t!"', 'Bearer é\t!'],
    ['tag', 'tag', `"${'é'.repeat(190)}"`, 'é'.repeat(190)],
    ['group', 'group', '"a/b: 日\\n😀"', 'a/b: 日\n😀'],
  ] as const)('is what it must be, and not more: %s', (field, name, value, taken) => {
    expect(fieldsOf(body(`,"${field}":${value}`))[name]).toBe(taken);
  });
});

const sent = (payload: string) => fieldsOf(`{"to_url":"http://a.bc","payload": ${payload} }`).payload;

describe('a payload', () => {
  it.each([
    ['{ "a" : 512.0 , "b":9007199254740993,"c":1e2,"d":-0,"e":0.10,"f":1E400,"g":1.50e+3 }', '{"a":512.0,"b":9007199254740993,"c":1e2,"d":-0,"e":0.10,"f":1E400,"g":1.50e+3}'], // prettier-ignore
    [
      '{"a":"\\u00e9\\/\\u2028\\ud83d\\ude00\\u0000\\u001F\\u007f\\"\\\\"}',
      '{"a":"é/\u2028😀\\u0000\\u001f\u007f\\"\\\\"}',
    ],
    ['{"\\ud800":"x\\udc00y"}', '{"\\ud800":"x\\udc00y"}'],
    ['{"a" : [ 1 ,\n 2 ] ,\t"b":{ } , "c":[ ] , "d":" [ 1 , 2 ] "}', '{"a":[1,2],"b":{},"c":[],"d":" [ 1 , 2 ] "}'],
    ['{"b":1,"\\u0062":2,"a":[{"x":1,"x":{"y":0,"y":[]}}]}', '{"b":2,"a":[{"x":{"y":[]}}]}'],
    ['[["b",1],["a",{"x": 1.0}]]', '{"b":1,"a":{"x":1.0}}'],
  ])('is sent as short as it can be said, its numbers as they are written: %s', (payload, expected) => {
    expect(sent(payload)).toBe(expected);
  });

  it('is sent whole, however deep it goes', () => {
    const deep = `{"a":${'[{"a": '.repeat(490)}1${'}]'.repeat(490)}}`;
    expect(sent(deep)).toBe(deep.replaceAll(' ', ''));
  });
});

const readBytes = (bytes: Uint8Array | undefined, contentType?: string) => readFields(readBody(bytes, contentType));

describe('a body', () => {
  const missing = { loc: ['body'], msg: 'field required', type: 'value_error.missing' };
  const unreadable = { status: 400, detail: 'There was an error parsing the body' };

  it.each([undefined, Buffer.alloc(0)])('that is empty is missing, whatever it is called', (bytes) => {
    for (const type of [undefined, 'application/json', 'text/plain'])
      expect(refusalOf(() => readBytes(bytes, type))).toEqual({ status: 422, detail: [missing] });
  });

  const text = '{"to_url":"http://a.bc","payload":{"a":"é😀"}}';
  const bigEndian = Buffer.from(text, 'utf16le').swap16();
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, the other way round, with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), bigEndian])],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['UTF-16, the other way round', bigEndian],
  ])('may be in %s', (_, bytes) => {
    expect(readBytes(bytes).payload).toBe('{"a":"é😀"}');
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1')],
    ['half a surrogate pair as bytes', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0, 0x7d, 0, 0])],
    ['too many containers in each other', Buffer.from('['.repeat(5_000))],
  ])('of %s can not be read', (_, bytes) => {
    expect(refusalOf(() => readBytes(bytes))).toEqual(unreadable);
  });
});
