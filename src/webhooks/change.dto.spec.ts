import { describe, expect, it } from 'vitest';
import { nearest } from '../config/nearest.js';
import { InvalidInputError } from '../errors/errors.js';
import { statesOf } from '../updates/payload.js';
import type { Origin } from '../updates/target.js';
import { WEBHOOK_TYPES, type WebhookType } from '../updates/update.js';
import { changesSending, readChange } from './change.dto.js';
import { showFilter, type Filter } from './filter.js';
import type { Webhook } from './webhook.entity.js';

const webhook = (type: WebhookType = 'TASK', origin: Origin = 'client'): Webhook =>
  ({ type, origin, headers: { 'X-Token': 'secret', 'X-Team': 'a' } }) as unknown as Webhook;
const read = (fields: object, type?: WebhookType, origin?: Origin) =>
  readChange(fields as Record<string, unknown>, webhook(type, origin));

/** What is said of fields that can't be taken. */
function problemOf(
  fields: object,
  type?: WebhookType,
  origin?: Origin,
): Pick<InvalidInputError, 'field' | 'message'> | null {
  try {
    read(fields, type, origin);
    return null;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { field: error.field, message: error.message };
  }
}
/** A message begins with the path of the field that it is about. */
const named = (message: string) => ({ field: /^[^ :]+/.exec(message)?.[0], message });
const list = (length: number, entry: unknown) => Array.from({ length }, () => entry);
const many = (length: number) => Object.fromEntries(list(length, 0).map((_, n) => [`X-${n}`, 'v']));

describe('a change of a webhook', () => {
  it.each<[string, object]>([
    ['uri is null: write the address to deliver to', { uri: null }],
    ['uri is 7: write the address to deliver to', { uri: 7 }],
    ['uri: The uri is not absolute: write it from http:// or https:// on', { uri: 'ftp://h/' }],
    [
      'uri: The uri holds a character that none may hold, or half an escape: percent-encode it, a % as %25',
      { uri: 'http://h/%zz' },
    ],
    ['uri holds a NUL character or half a surrogate pair: leave it out', { uri: 'http://h/\ud800' }],
    ['user is 7: write a text', { user: 7 }],
    ['user holds a NUL character or half a surrogate pair: leave it out', { user: '\0' }],
    ['description is an object: write a text', { description: {} }],
    ['description has 1001 characters: write at most 1000', { description: 'x'.repeat(1_001) }],
    ['description holds a NUL character or half a surrogate pair: leave it out', { description: '\0' }],
    [
      'format is "xml": write one of singularity, cloudevents, cloudevents-binary, form, slack, sail',
      { format: 'xml' },
    ],
    ['order is a list: write one of subject, none', { order: ['none'] }],
    ['connectTimeoutMillis is 0: write a whole number of milliseconds from 1 to 60000', { connectTimeoutMillis: 0 }],
    [
      'connectTimeoutMillis is 60001: write a whole number of milliseconds from 1 to 60000',
      { connectTimeoutMillis: 60_001 },
    ],
    ['timeoutMillis is "5s": write a whole number of milliseconds from 1 to 600000', { timeoutMillis: '5s' }],
    ['timeoutMillis is 600001: write a whole number of milliseconds from 1 to 600000', { timeoutMillis: 600_001 }],
    ['maxConcurrent is 1.5: write a whole number of deliveries from 1 to 1000', { maxConcurrent: 1.5 }],
    ['maxConcurrent is 1001: write a whole number of deliveries from 1 to 1000', { maxConcurrent: 1_001 }],
    ["id can't be changed: register another webhook", { id: 'x' }],
    ["type can't be changed: register another webhook", { type: 'TASK' }],
    ["timestamp can't be changed: register another webhook", { timestamp: 1 }],
    ['pausedAt is only shown: leave it out, and pause and resume with POST …/pause and …/resume', { pausedAt: null }],
    ['lastFailure is only shown: leave it out', { lastFailure: null }],
    ['timeoutMilis is no field of a webhook. The nearest one is timeoutMillis', { timeoutMilis: 5 }],
    [
      '__proto__ is no field of a webhook. The nearest one is secret',
      JSON.parse('{"__proto__":{"uri":"http://h/"}}') as object,
    ],
  ])('is refused: %s', (message, fields) => expect(problemOf(fields)).toEqual(named(message)));

  it('may be empty', () => expect(read({})).toEqual({}));

  it('holds what was given, and the default for null', () => {
    const all = {
      uri: 'https://h/$TASK_ID',
      user: 'me',
      description: '',
      filter: { applications: ['a'], requestIds: ['web-*'], states: ['TASK_LOST'] },
      headers: { 'X-New': '' },
      format: 'slack',
      order: 'none',
      retry: { policy: 'poll' },
      connectTimeoutMillis: 60_000,
      timeoutMillis: 600_000,
      maxConcurrent: 1_000,
    };
    expect(read(all)).toEqual(all);
    const { uri: _, ...rest } = all;
    const nulls = Object.fromEntries(Object.keys(rest).map((name) => [name, null]));
    expect(read(nulls)).toEqual({ ...nulls, format: 'singularity', order: 'subject' });
  });

  it.each([
    [{}, false],
    [{ description: 'x', user: 'me' }, false],
    [{ description: 'x', uri: 'http://h/' }, true],
    [{ filter: null }, true],
  ])('to %j concerns sending: %s', (fields, concerns) => {
    expect(changesSending(read(fields))).toBe(concerns);
  });
});

describe('what other routes keep', () => {
  const all = ['uri', 'user', 'filter', 'headers', 'format', 'order', 'retry', 'connectTimeoutMillis', 'timeoutMillis'];
  const words = {
    sail: "of a webhook of Sail can't be changed here: delete its url and add another, at /v1/applications/…/hook",
    message: "of the lane of an origin can't be changed here: each direct message says where it goes, and how",
  };

  it.each(['sail', 'message'] as const)('is refused of the origin %s, whatever the value', (origin) => {
    for (const name of all) {
      for (const value of [null, 'x', 7])
        expect(problemOf({ [name]: value }, 'TASK', origin)).toEqual(named(`${name} ${words[origin]}`));
    }
    expect(problemOf({ nope: 1 }, 'TASK', origin)).toEqual(
      named(
        'nope is no field of a webhook. The nearest one is ' +
          nearest('nope', [...all, 'description', 'maxConcurrent']),
      ),
    );
  });

  it.each(['sail', 'message'] as const)('of the origin %s leaves operators a note and a limit', (origin) => {
    const change = { description: 'ours', maxConcurrent: 2 };
    expect(read(change, 'TASK', origin)).toEqual(change);
    expect(read({ description: null, maxConcurrent: null }, 'TASK', origin)).toEqual({
      description: null,
      maxConcurrent: null,
    });
  });
});

describe('a filter', () => {
  it.each<[string, object | string]>([
    ['filter is "web": write an object, such as {"requestIds": ["web-*"]}', 'web'],
    ['filter.requestId is no field of a webhook. The nearest one is filter.requestIds', { requestId: ['a'] }],
    ['filter.applications is "a": write a list of application names, such as ["web-*"]', { applications: 'a' }],
    ['filter.requestIds is an empty list: write a list of request ids, such as ["web-*"]', { requestIds: [] }],
    ['filter.requestIds has 101 entries: write at most 100', { requestIds: list(101, 'a') }],
    ['filter.requestIds[1] is 7: write a text', { requestIds: ['a', 7] }],
    ['filter.requestIds[0] is empty: write an id, in which * stands for any characters', { requestIds: [''] }],
    ['filter.requestIds[0] has 802 bytes: write at most 800', { requestIds: ['é'.repeat(401)] }],
    ['filter.requestIds[0] holds a NUL character or half a surrogate pair: leave it out', { requestIds: ['\0'] }],
    [`filter.states[1] is "LOST": write one of ${statesOf('TASK').join(', ')}`, { states: ['TASK_LOST', 'LOST'] }],
    ['filter.eventTypes is not for webhooks of type TASK: write filter.states', { eventTypes: ['CREATED'] }],
  ])('is refused: %s', (message, filter) => expect(problemOf({ filter })).toEqual(named(message)));

  it.each<[WebhookType, string]>([
    ['CRASHLOOP', 'filter.states[0] is "*": write one of STARTED, RESOLVED'],
    ['ELEVATED_ACCESS', 'filter.states[0] is "*": write one of READ, WRITE, ADMIN'],
    ['WEBHOOK_HEALTH', 'filter.states[0] is "*": write one of FAILING, AGE_50, AGE_75, AGE_90, DISABLED, RECOVERED'],
    ['REQUEST', 'filter.states is not for webhooks of type REQUEST: write filter.eventTypes'],
    ['DEPLOY', 'filter.states is not for webhooks of type DEPLOY: write filter.eventTypes'],
  ])('has the words of its type: %s', (type, message) => {
    expect(problemOf({ filter: { states: ['*'] } }, type)).toEqual(named(message));
  });

  it.each(WEBHOOK_TYPES)('of %s is shown as it was given', (type) => {
    const words: Record<WebhookType, object> = {
      REQUEST: { eventTypes: ['CREATED', 'SCALE_REVERTED'] },
      DEPLOY: { eventTypes: ['STARTING'] },
      TASK: { states: ['TASK_GONE_BY_OPERATOR'] },
      CRASHLOOP: { states: ['RESOLVED'] },
      ELEVATED_ACCESS: { states: ['ADMIN'] },
      WEBHOOK_HEALTH: { states: ['AGE_90', 'RECOVERED'] },
    };
    for (const given of [
      words[type],
      { applications: list(100, 'é'.repeat(400)), ...words[type] },
      { requestIds: ['*'] },
    ]) {
      const { filter } = read({ filter: given }, type);
      expect(showFilter(filter as Filter, type)).toEqual(given);
    }
  });

  it.each([{}, { applications: null, states: null }])('%j lets everything pass', (filter) => {
    expect(read({ filter })).toEqual({ filter: null });
  });
});

describe('headers', () => {
  it.each<[string, unknown]>([
    ['headers is no object: write one, such as {"X-Team": "platform"}', ['a']],
    ['headers has 51 entries: write at most 50', many(51)],
    ['headers.x-a is there twice, as names are alike in any case: write one of them', { 'X-A': '1', 'x-a': '2' }],
    ['headers.X-A is no text: write its value as a text', { 'X-A': 7 }],
    ["headers.Host: The header Host is Hooktide's own, as it follows from the uri: leave it out", { Host: 'h' }],
    [
      'headers.X-A: The value of X-A holds a line break, a control character or one beyond ASCII: write visible ASCII, blanks and tabs',
      { 'X-A': 'a\nb' },
    ],
    ['headers.X-A holds a NUL character or half a surrogate pair: leave it out', { 'X-A': 'a\0' }],
    ['headers.X-New is ***, which keeps a stored value, and none is: write its value', { 'X-New': '***' }],
  ])('are refused: %s', (message, headers) => expect(problemOf({ headers })).toEqual(named(message)));

  it('keep the stored values of names that are given back, and no others', () => {
    expect(read({ headers: { 'x-token': '***', 'X-New': 'n' } })).toEqual({
      headers: { 'x-token': 'secret', 'X-New': 'n' },
    });
  });

  it('may be fifty', () => expect(read({ headers: many(50) })).toEqual({ headers: many(50) }));
  it('may be none', () => expect(read({ headers: {} })).toEqual({ headers: null }));
});

describe('a retry policy', () => {
  const delays = 'write a whole number of milliseconds from 100 to 2592000000';

  it.each<[string, unknown]>([
    ['retry is "poll": write an object, such as {"policy": "poll"}', 'poll'],
    ['retry.policy is missing: write one of poll, constant, linear, exponential, schedule', { maxAttempts: 3 }],
    ['retry.policy is "never": write one of poll, constant, linear, exponential, schedule', { policy: 'never' }],
    ['retry.maxAttempts is 0: write a whole number of attempts from 1 to 1000', { policy: 'poll', maxAttempts: 0 }],
    [
      'retry.maxAttempts is 1001: write a whole number of attempts from 1 to 1000',
      { policy: 'poll', maxAttempts: 1_001 },
    ],
    ['retry.maxQueued is -1: write a whole number of deliveries from 0 to 10000000', { policy: 'poll', maxQueued: -1 }],
    ['retry.from is "start": write one of attempt, update', { policy: 'schedule', delaysMillis: [1], from: 'start' }],
    [
      "retry.from doesn't go with policy constant, but with schedule: leave it out",
      { policy: 'constant', delayMillis: 100, from: 'update' },
    ],
    ['retry.maxAgeHours is 0: write a number above 0, at most 8760', { policy: 'poll', maxAgeHours: 0 }],
    [
      'retry.maxAgeHours is 8760.1: write a number above 0, at most 8760',
      { policy: 'schedule', delaysMillis: [0], maxAgeHours: 8_760.1 },
    ],
    [
      "retry.jitter doesn't go with policy poll, but with constant, linear, exponential, schedule: leave it out",
      { policy: 'poll', jitter: 0.5 },
    ],
    [`retry.delayMillis is missing: ${delays}`, { policy: 'constant' }],
    [`retry.delayMillis is 99: ${delays}`, { policy: 'constant', delayMillis: 99 }],
    [`retry.delayMillis is 2592000001: ${delays}`, { policy: 'linear', delayMillis: 2_592_000_001 }],
    [`retry.maxDelayMillis is 99: ${delays}`, { policy: 'linear', delayMillis: 100, maxDelayMillis: 99 }],
    ['retry.jitter is 1.1: write a number from 0 to 1', { policy: 'constant', delayMillis: 100, jitter: 1.1 }],
    [
      "retry.factor doesn't go with policy constant, but with exponential: leave it out",
      { policy: 'constant', delayMillis: 100, factor: 2 },
    ],
    ['retry.factor is 10.1: write a number from 1 to 10', { policy: 'exponential', delayMillis: 100, factor: 10.1 }],
    [
      'retry.delayMilis is no field of a webhook. The nearest one is retry.delayMillis',
      { policy: 'exponential', delayMilis: 100 },
    ],
    ['retry.delaysMillis is missing: write a list of milliseconds, such as [1000, 60000]', { policy: 'schedule' }],
    [
      'retry.delaysMillis[2] is -1: write a whole number of milliseconds from 0 to 2592000000',
      { policy: 'schedule', delaysMillis: [0, 1, -1] },
    ],
    ['retry.delaysMillis has 101 entries: write at most 100', { policy: 'schedule', delaysMillis: list(101, 1) }],
    [
      "retry.maxAttempts doesn't go with policy schedule, whose delaysMillis say how many attempts there are: leave it out",
      { policy: 'schedule', delaysMillis: [1], maxAttempts: 2 },
    ],
  ])('is refused: %s', (message, retry) => expect(problemOf({ retry })).toEqual(named(message)));

  it.each([
    { policy: 'poll' },
    { policy: 'poll', maxAttempts: 1_000, maxAgeHours: 8_760 },
    { policy: 'constant', delayMillis: 100, jitter: 0, maxAttempts: 1, maxAgeHours: 0.01 },
    { policy: 'linear', delayMillis: 2_592_000_000, maxDelayMillis: 2_592_000_000, jitter: 1 },
    { policy: 'exponential', delayMillis: 100, factor: 1.5, maxDelayMillis: 100, jitter: 0.5 },
    { policy: 'schedule', delaysMillis: list(100, 0), jitter: 0.5, maxAgeHours: 1 },
    { policy: 'schedule', delaysMillis: [7_000], from: 'update', maxQueued: 0 },
    { policy: 'poll', maxQueued: 10_000_000 },
  ])('of %o is taken as it is', (retry) => expect(read({ retry })).toEqual({ retry }));

  it('leaves out what is null', () => {
    expect(read({ retry: { policy: 'poll', maxAttempts: null } })).toEqual({ retry: { policy: 'poll' } });
  });
});
