import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runs, startFuzzed, type Fuzzed } from '../setup/fuzzed.js';
import { encoded, HOSTILE } from '../setup/hostile.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';

/** Whatever updates and webhooks hold, a receiver gets one request for each, and nothing in it that was not meant. */

let hooktide: Fuzzed;
beforeAll(async () => {
  hooktide = await startFuzzed();
});
afterAll(() => hooktide.stop());
afterEach(async () => {
  await closeReceivers();
  await hooktide.sql('DELETE FROM hooktide.webhook');
});

describe('a receiver', () => {
  const OURS = 'accept connection content-length content-type host user-agent webhook-id webhook-timestamp'.split(' ');
  const OF_FORMATS = /^(webhook-signature|hooktide-test|ce-[a-z]+)$/;

  it.each(['singularity', 'cloudevents', 'cloudevents-binary', 'form', 'slack'])(
    'gets one request for each update, with no header that was not meant: %s',
    async (format) => {
      const receiver = await startReceiver();
      const uri = `${receiver.url}-/$REQUEST_ID/-/$TASK_ID/-?q=$REQUEST_ID`;
      const body = { uri, type: 'TASK', id: format, format, order: 'none', headers: { 'X-Own': 'as it was given' } };
      expect((await hooktide.ask({ method: 'POST', path: '/api/webhooks', body: JSON.stringify(body) })).status).toBe(
        200,
      );
      // Postgres keeps no NUL and no half of a pair: those are refused, which others see to.
      const ids = HOSTILE.filter((text) => !/[\0\p{Surrogate}]/u.test(text) && text.length < 1_000);
      const updates = ids.map((id) => ({ type: 'TASK', id: `${format} ${id}`, application: id, payload: taskOf(id) }));
      const posted = await hooktide.ask({ method: 'POST', path: '/api/updates', body: JSON.stringify(updates) });
      expect([posted.status, posted.text]).toEqual([202, expect.stringContaining(`"accepted":${ids.length}`)]);
      const requests = await receiver.waitFor(ids.length);
      const mine = ids.map((id) => `/-/${strictly(id)}/-/${strictly(id)}/-?q=${strictly(id)}`);
      expect(requests.map(({ path }) => path).toSorted()).toEqual(mine.toSorted());
      for (const { method, headers: its } of requests) {
        const more = Object.keys(its).filter((header) => !OURS.includes(header) && !OF_FORMATS.test(header));
        expect([method, more, its['x-own']]).toEqual(['POST', ['x-own'], 'as it was given']);
      }
      expect(await hooktide.wrong()).toEqual([]);
    },
  );

  it('gets just the headers that were given, where they were taken at all', async () => {
    const receiver = await startReceiver();
    let taken = 0;
    const once = async (given: Record<string, string>) => {
      const body = { uri: receiver.url, type: 'REQUEST', id: 'headers', headers: given };
      const { status } = await hooktide.ask({ method: 'POST', path: '/api/webhooks', body: JSON.stringify(body) });
      if (status !== 200) return;
      taken += 1;
      const { text } = await hooktide.ask({ method: 'POST', path: '/api/webhooks/headers/test' });
      expect(text).toContain('"delivered":true');
      const { headers: its } = receiver.requests.at(-1)!;
      const own = Object.fromEntries(Object.entries(given).map(([header, value]) => [header.toLowerCase(), value]));
      const got = Object.entries(its).filter(([header]) => !OURS.includes(header) && !OF_FORMATS.test(header));
      const meant = Object.entries(own).filter(([header]) => !OURS.includes(header));
      expect(Object.fromEntries(got)).toEqual(Object.fromEntries(meant));
      await hooktide.ask({ method: 'DELETE', path: '/api/webhooks/headers' });
    };
    const token = fc.string({
      unit: fc.constantFrom(..."aZ9!#$%&'*+-.^_`|~:\r\n (".split('')),
      minLength: 1,
      maxLength: 4,
    });
    const visible = fc.string({ unit: fc.constantFrom(...'aZ9 \t"\\,;$&%\r\né\0'.split('')), maxLength: 8 });
    const given = fc.dictionary(token, visible, { maxKeys: 3 });
    await fc.assert(fc.asyncProperty(given, once), runs(60));
    expect(await hooktide.wrong()).toEqual([]);
    expect(taken).toBeGreaterThan(5);
  });
});

function taskOf(id: string): object {
  const taskId = { id, requestId: id, deployId: id, host: id, rackId: id, instanceNo: 1, startedAt: 1 };
  const request = { id, requestType: 'SERVICE', owners: [id] };
  return {
    task: { taskId, taskRequest: { request, deploy: { requestId: id, id } } },
    taskUpdate: { taskId, taskState: 'TASK_RUNNING', timestamp: Date.now(), statusMessage: id },
  };
}

/** As RFC 3986 §2.3 leaves it. */
const strictly = (text: string): string =>
  encoded(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
