import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import behaviour from '../fixtures/sail/wouebouc-receiver-behaviour.json' with { type: 'json' };
import { task, type Told } from '../setup/containers.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers } from '../setup/receivers.js';
import { until } from '../setup/until.js';
import { startWouebouc } from '../setup/wouebouc.js';

afterEach(closeReceivers);

/** What a receiver that takes care is left with. */
const distinct = (events: Told[]) => [
  ...new Map(events.map((event) => [`${event.id} ${event.timestamp} ${event.state}`, event])).values(),
];
const states = (events: Told[]) => events.map(({ state }) => state);

const ask = async (base: string, method: string, path: string, body?: string) => {
  const response = await fetch(new URL(path, base), { method, body });
  return { status: response.status, json: await response.json(), headers: response.headers };
};

/** Its events are of one second. */
const start = () => startWouebouc(() => 1);

describe('the receiver for tests', () => {
  it('answers as wouebouc does', async () => {
    const { url } = await start();
    const [first, second, noJson, list, empty, bare, unknown, root, options] = behaviour.cases.map(
      ({ response }) => response as { status: number; json?: unknown; headers?: Record<string, string> },
    );
    const answer = async (...request: [string, string, string?]) => {
      const { status, json } = await ask(url, ...request);
      return { status, json };
    };
    expect(await answer('GET', '/api/list')).toEqual(empty);
    expect(await answer('POST', '/api/post', '{"a":1}')).toEqual({ status: first?.status, json: { a: 1 } });
    expect(await answer('POST', '/api/post', '{"a":2}')).toEqual(second);
    expect(await answer('GET', '/api/list')).toEqual({ status: list?.status, json: [{ a: 1 }, { a: 2 }] });
    expect(await answer('POST', '/api/post', 'no JSON')).toEqual(noJson);
    expect((await answer('GET', '/api/list')).status).toBe(500);
    expect(await answer('GET', '/api/unknown')).toEqual(unknown);
    expect(await answer('GET', '/')).toEqual(root);
    const { headers, status } = await ask(url, 'OPTIONS', '/api/post');
    expect(status).toBe(options?.status);
    for (const [name, value] of Object.entries(options?.headers ?? {})) expect(headers.get(name)).toBe(value);
    expect(await ask((await start()).url, 'GET', '/api/post')).toMatchObject(bare ?? {});
  });
});

describe('a receiver that stores what it refuses', () => {
  let hooktide: Hooktide;
  beforeEach(async () => {
    hooktide = await startHooktide();
  });
  afterEach(() => hooktide.stop());

  const register = (uri: string, retries: number) =>
    hooktide.api('POST', '/api/webhooks', {
      uri,
      type: 'TASK',
      format: 'sail',
      retry: { policy: 'schedule', delaysMillis: Array.from({ length: retries }, () => 100) },
    });
  const settled = () => until(async () => (await hooktide.sql('SELECT FROM hooktide.delivery LIMIT 1')).length === 0);

  it('gets the refused event again, and knows it by id, time and state', async () => {
    // Two events share a second; each one after has its own.
    let second = 0;
    const wouebouc = await startWouebouc(() => second);
    wouebouc.receiver
      .waitFor(2)
      .then(() => (second = 1))
      .catch(() => undefined);
    await register(wouebouc.url, 20);
    const at = Date.now();
    await hooktide.post([task('RUNNING', { at }), task('KILLING', { at })]);
    await until(() => wouebouc.receiver.requests.length === 3);
    second = 2;
    await hooktide.post(task('KILLED', { at }));
    await settled();
    const events = wouebouc.list() as Told[];
    expect(states(events)).toEqual(['RUNNING', 'STOPPING', 'STOPPING', 'STOPPED']);
    expect(events.map(({ counters }) => counters.post_attempts)).toEqual([0, 0, 1, 0]);
    expect(states(distinct(events))).toEqual(['RUNNING', 'STOPPING', 'STOPPED']);
    expect((await hooktide.api('GET', '/api/dead-letters')).json.items).toEqual([]);
  });

  it('that refuses all but the first of a second loses no later state to a refused one', async () => {
    const wouebouc = await startWouebouc(() => 1);
    await register(wouebouc.url, 5);
    await hooktide.post(['RUNNING', 'KILLING', 'KILLED'].map((state) => task(state)));
    await settled();
    const events = wouebouc.list() as Told[];
    expect(states(distinct(events))).toEqual(['RUNNING', 'STOPPING', 'STOPPED']);
    // The later one had not to wait until the refused one was given up, by its sixth attempt: three refusals, and it passes.
    const refusalsBefore = events
      .slice(0, states(events).indexOf('STOPPED'))
      .filter(({ state }) => state === 'STOPPING');
    expect(refusalsBefore.length).toBeGreaterThanOrEqual(3);
    expect(refusalsBefore.length).toBeLessThan(6);
    const dropped = (await hooktide.api('GET', '/api/dead-letters')).json.items as {
      reason: string;
      attempts: number;
    }[];
    expect(dropped).toMatchObject([
      { reason: 'attempts_exhausted', attempts: 6 },
      { reason: 'attempts_exhausted', attempts: 6 },
    ]);
  });
});
