import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runs, startFuzzed, type Fuzzed } from '../setup/fuzzed.js';
import { anyJson, anyText, encoded, oneOf, written } from '../setup/hostile.js';
import { hook, message, path, readHeaders, someOptions, token, update, webhook } from '../setup/hostile-bodies.js';
import { OPERATOR } from '../setup/tokens.js';

/** Whatever is sent, it is taken or refused: never a 5xx, never a crash, and no line of the log is forged. */

let hooktide: Fuzzed;
beforeAll(async () => {
  hooktide = await startFuzzed();
});
afterAll(() => hooktide.stop());
afterEach(() => hooktide.sql('DELETE FROM hooktide.webhook'));

describe('the registry', () => {
  it('takes or refuses any webhook, and any change of one', async () => {
    const seen = new Set<number>();
    const once = async (first: string, change: string, id: string) => {
      seen.add((await hooktide.ask({ method: 'POST', path: '/api/webhooks', body: first })).status);
      const [registered] = await hooktide.sql<{ id: string }>('SELECT id FROM hooktide.webhook LIMIT 1');
      const its = `/api/webhooks/${encoded(registered?.id ?? id)}`;
      await hooktide.ask({ method: 'GET', path: its });
      seen.add((await hooktide.ask({ method: 'PATCH', path: its, body: change })).status);
      await hooktide.ask({ method: 'POST', path: `${its}/secret`, body: change });
      await hooktide.ask({ method: 'GET', path: '/api/webhooks' });
      await hooktide.sql('DELETE FROM hooktide.webhook');
    };
    await fc.assert(fc.asyncProperty(written(webhook), written(someOptions), anyText, once), runs(50));
    expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404]));
    expect(await hooktide.wrong()).toEqual([]);
  });
});

describe('routes that take updates and messages', () => {
  it('take or refuse any update, plain or as CloudEvents, and find it again', async () => {
    const seen = new Set<number>();
    const calledAs = oneOf('application/json application/json application/cloudevents+json text/plain');
    const once = async (body: string, contentType: string, id: string) => {
      const headers = { 'Content-Type': contentType };
      seen.add((await hooktide.ask({ method: 'POST', path: '/api/updates', body, headers })).status);
      await hooktide.ask({ method: 'GET', path: `/api/updates/${encoded(id)}` });
      await hooktide.ask({ method: 'GET', path: `/api/updates?requestId=${encoded(id)}&limit=2` });
    };
    const body = written(fc.oneof(update, fc.array(update, { maxLength: 3 }), anyJson));
    await fc.assert(fc.asyncProperty(body, calledAs, anyText, once), runs(60));
    expect([...seen]).toEqual(expect.arrayContaining([202, 400, 415]));
    expect(await hooktide.wrong()).toEqual([]);
  });

  it('refuse any bytes, packed or not', async () => {
    const seen = new Set<number>();
    const once = async (bytes: Uint8Array, encoding: string, its: string) => {
      const headers = { 'Content-Encoding': encoding, Authorization: `Token ${OPERATOR}` };
      seen.add((await hooktide.ask({ method: 'POST', path: its, body: Buffer.from(bytes), headers })).status);
    };
    const bytes = fc.uint8Array({ maxLength: 40 });
    const zipped = bytes.map((rest) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), rest]));
    const encoding = oneOf('identity gzip deflate br x gzip,gzip');
    const where = oneOf('/api/updates /api/webhooks /hook_slinger/ /v1/applications/a/hook /api/tokens');
    await fc.assert(fc.asyncProperty(fc.oneof(bytes, zipped), encoding, where, once), runs(60));
    expect([...seen].every((status) => status >= 400)).toBe(true);
    expect(await hooktide.wrong()).toEqual([]);
  });
});

describe('every route', () => {
  it('answers any path and query, by any method, whatever the body is', async () => {
    const once = async (method: string, its: string, body: string) => {
      const isReading = method === 'GET' || method === 'HEAD';
      await hooktide.ask({ method, path: its, body: isReading ? undefined : body });
    };
    const method = oneOf('GET GET POST PATCH DELETE PUT OPTIONS HEAD');
    await fc.assert(fc.asyncProperty(method, path, written(anyJson), once), runs(300));
    expect(await hooktide.wrong()).toEqual([]);
  });

  it('answers any value of a header that it reads', async () => {
    const once = async (method: string, its: string, headers: Record<string, string>) => {
      await hooktide.ask({ method, path: its, body: method === 'POST' ? '{}' : undefined, headers });
    };
    const where = oneOf('/api/webhooks /hook_slinger/ /v1/applications /docs /docs/openapi.json /api/updates');
    await fc.assert(fc.asyncProperty(oneOf('GET POST OPTIONS'), where, readHeaders, once), runs(120));
    expect(await hooktide.wrong()).toEqual([]);
  });

  it("takes or refuses any token, any message and any hook of Sail's", async () => {
    const seen = { token: new Set<number>(), message: new Set<number>(), hook: new Set<number>() };
    const once = async (made: string, slung: string, added: string, application: string) => {
      seen.token.add((await hooktide.ask({ method: 'POST', path: '/api/tokens', body: made })).status);
      const headers = { Authorization: `Token ${OPERATOR}` };
      seen.message.add((await hooktide.ask({ method: 'POST', path: '/hook_slinger/', body: slung, headers })).status);
      const its = `/v1/applications/${encoded(application)}/hook`;
      seen.hook.add((await hooktide.ask({ method: 'POST', path: its, body: added })).status);
      await hooktide.ask({ method: 'GET', path: its });
      await hooktide.ask({ method: 'DELETE', path: `${its}?url=${encoded(application)}` });
      await hooktide.ask({ method: 'GET', path: `/api/messages?group=${encoded(application)}` });
    };
    await fc.assert(fc.asyncProperty(token, message, hook, anyText, once), runs(40));
    expect([...seen.token]).toEqual(expect.arrayContaining([201, 400]));
    expect([...seen.message]).toEqual(expect.arrayContaining([202, 422]));
    expect([...seen.hook]).toEqual(expect.arrayContaining([201, 400]));
    expect(await hooktide.wrong()).toEqual([]);
  });
});
