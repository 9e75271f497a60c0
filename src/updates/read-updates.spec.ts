import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HooktideError, InvalidInputError, TooLargeError } from '../errors/errors.js';
import { readUpdates } from './read-updates.js';

const limits = { maxPayloadBytes: 1024 * 1024, maxUpdatesPerRequest: 1000 };
const fixtures = new URL('../../test/fixtures/singularity/', import.meta.url);
const TYPES: Record<string, string> = {
  'request-history': 'REQUEST',
  'deploy-update': 'DEPLOY',
  'task-webhook': 'TASK',
  'crash-loop': 'CRASHLOOP',
  'elevated-access': 'ELEVATED_ACCESS',
};
const payloads = readdirSync(fixtures)
  .map((name) => [name, TYPES[name.split('.')[0]!]] as const)
  .filter(([, type]) => type !== undefined);

const payload = '{"createdAt":1546300861234,"eventType":"CREATED","request":{"id":"web","cpus":512.0}}';
const update = (extra = '') => `{"type":"REQUEST","payload":${payload}${extra}}`;

function refusal(text: string, over: Partial<typeof limits> = {}): HooktideError & { field?: string } {
  try {
    readUpdates(text, { ...limits, ...over });
  } catch (error) {
    if (error instanceof HooktideError) return error;
    throw error;
  }
  throw new Error('The body was accepted');
}

describe('readUpdates', () => {
  it('finds the payload fixtures', () => {
    expect(payloads.length).toBeGreaterThanOrEqual(35);
  });

  it.each(payloads)('takes %s as a %s, byte for byte', (name, type) => {
    const text = readFileSync(new URL(name, fixtures), 'utf8').trim();
    const [one] = readUpdates(` {"payload" : ${text} , "type":"${type}"}`, limits);
    expect(one).toMatchObject({ type, payload: text });
  });

  it('reads one update with all its fields', () => {
    expect(readUpdates(update(',"id":"i-1","application":"shop"'), limits)).toEqual([
      {
        type: 'REQUEST',
        payload,
        requestId: 'web',
        state: 'CREATED',
        subject: 'web',
        occurredAtMillis: 1546300861234,
        id: 'i-1',
        application: 'shop',
      },
    ]);
  });

  it('reads an array in its order', () => {
    const body = `\n[ ${update(',"id":"a"')},${update(',"id":"b"')} ]`;
    expect(readUpdates(body, limits).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('reads types leniently', () => {
    expect(readUpdates(`{"type":" request","payload":${payload}}`, limits)[0]!.type).toBe('REQUEST');
  });

  it('takes the last of repeated keys, for the slice as for the facts', () => {
    const other = payload.replace('web', 'api');
    const [one] = readUpdates(`{"payload":{},"type":"REQUEST","payload":${payload},"\\u0070ayload":${other}}`, limits);
    expect(one).toMatchObject({ requestId: 'api', payload: other });
  });

  it('is not fooled by __proto__', () => {
    const inherited = `{"type":"REQUEST","payload":{"__proto__":${payload}}}`;
    expect(refusal(inherited).field).toBe('payload.request');
    expect(refusal(`{"__proto__":${update()}}`).field).toBe('__proto__');
  });

  it.each([
    ['', 'body'],
    ['{"type":', 'body'],
    ['{"type":"TASK",}', 'body'],
    ['null', 'body'],
    ['"text"', 'body'],
    ['[]', 'body'],
    ['[1]', '[0]'],
    [`[${update()},[]]`, '[1]'],
    ['{}', 'type'],
    ['{"type":7}', 'type'],
    ['{"type":"JOB"}', 'type'],
    ['{"type":"TASK"}', 'payload'],
    ['{"type":"TASK","payload":[]}', 'payload'],
    ['{"type":"TASK","payload":"{}"}', 'payload'],
    [`[${update()},{"type":"TASK","payload":{"task":{}}}]`, '[1].payload.taskUpdate'],
    [update(',"ID":"x"'), 'ID'],
    [`[${update(',"app":"x"')}]`, '[0].app'],
    [update(',"id":null'), 'id'],
    [update(',"id":""'), 'id'],
    [update(',"id":"\\u0000"'), 'id'],
    [update(',"id":"\\ud800"'), 'id'],
    [update(`,"id":"${'ü'.repeat(128)}"`), 'id'],
    [update(',"application":5'), 'application'],
    [update(`,"application":"${'x'.repeat(256)}"`), 'application'],
  ])('refuses %s at %s', (text, field) => {
    const error = refusal(text);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.field).toBe(field);
  });

  it('names the nearest right field', () => {
    expect(refusal(update(',"aplication":"x"')).message).toContain('write application?');
  });

  it('lists the five types', () => {
    expect(refusal('{"type":"JOB","payload":{}}').message).toContain(
      'REQUEST, DEPLOY, TASK, CRASHLOOP, ELEVATED_ACCESS',
    );
  });

  it('says where the JSON breaks', () => {
    expect(refusal('{"type":"TASK",}').message).toContain('position 15');
  });

  it('takes a name of 255 bytes', () => {
    expect(readUpdates(update(`,"id":"${'x'.repeat(255)}"`), limits)).toHaveLength(1);
  });

  it('counts a payload in bytes and refuses one more than the limit', () => {
    const wide = payload.replace('web', 'wüb');
    const body = `[${update()},{"type":"REQUEST","payload":${wide}}]`;
    const maxPayloadBytes = Buffer.byteLength(wide);
    expect(readUpdates(body, { ...limits, maxPayloadBytes })).toHaveLength(2);
    const error = refusal(body, { maxPayloadBytes: maxPayloadBytes - 1 });
    expect(error).toBeInstanceOf(TooLargeError);
    expect(error.message).toBe(`[1].payload is ${maxPayloadBytes} bytes long: send at most ${maxPayloadBytes - 1}`);
  });

  it('refuses one update more than the limit', () => {
    const body = `[${[update(), update(), update()].join(',')}]`;
    expect(readUpdates(body, { ...limits, maxUpdatesPerRequest: 3 })).toHaveLength(3);
    expect(refusal(body, { maxUpdatesPerRequest: 2 })).toBeInstanceOf(TooLargeError);
  });

  it('answers anything with updates or a refusal', () => {
    const keys = fc.constantFrom('type', 'payload', 'id', 'application', 'task', 'request', '__proto__');
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(keys, tie('json')), fc.array(tie('json'))),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          let refused: unknown = null;
          try {
            readUpdates(text, limits);
          } catch (error) {
            refused = error;
          }
          expect(refused === null || refused instanceof HooktideError).toBe(true);
        },
      ),
    );
  });
});
