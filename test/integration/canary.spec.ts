import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canary, leakIn, takeLeaks, watchAnswer } from '../setup/canary.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { send } from '../setup/http.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { until } from '../setup/until.js';

/** What looks at all that tests see finds what leaks: here something does. */

describe('a secret', () => {
  const secret = canary('db');

  it.each([
    ['as it is', `Bearer ${secret}`],
    ['in JSON', JSON.stringify({ a: [{ b: secret }] })],
    ['in an url', `postgres://me:${encodeURIComponent(secret)}@h/`],
    ...['', 'm', 'me', 'me:', 'user:', 'a:b:'].map((user) => [
      `in Basic, after "${user}"`,
      `Basic ${Buffer.from(`${user}${secret}!`).toString('base64')}`,
    ]),
    ['in hex', Buffer.from(secret).toString('hex')],
    ['made for a webhook', `whsec_${'Ab1+'.repeat(8)}`],
    ['made for a caller', `hkt_${'aB-_'.repeat(10)}abc`],
    ['sealed', `s1.0123456789ab.${'aB-_'.repeat(10)}`],
  ])('%s', (_, text) => {
    expect(leakIn(`something ${text} else`)).not.toBeNull();
  });

  it.each(['whsec_…', 'hkt_…', '***', 'secret', 'Basic realm="Hooktide"', 'the key 0123456789ab'])(
    'is none in %s',
    (text) => {
      expect(leakIn(text)).toBeNull();
    },
  );
});

describe('what tests see', () => {
  let hooktide: Hooktide;
  beforeEach(async () => {
    hooktide = await startHooktide();
  });
  afterEach(async () => {
    await hooktide.stop();
    await closeReceivers();
  });

  describe('a leak fails the test in which it happens', () => {
    it('in an answer of the API', async () => {
      await hooktide.api('POST', '/api/webhooks', {
        id: 'w',
        uri: 'http://127.0.0.1:9/',
        type: 'TASK',
        description: canary('shown'),
      });
      expect(takeLeaks()).toEqual([]);
      await hooktide.api('GET', '/api/webhooks/w');
      expect(takeLeaks()).toEqual([expect.stringContaining('the answer to GET /api/webhooks/w: …')]);
      await send(hooktide.url, { method: 'GET', path: '/api/webhooks/w?a=b' });
      expect(takeLeaks()).toEqual([expect.stringContaining('shown-s3cret')]);
    });

    it('in a line of the log', async () => {
      await hooktide.api('POST', '/api/webhooks', { id: canary('id'), uri: 'http://127.0.0.1:9/', type: 'TASK' });
      expect(takeLeaks()).toEqual([expect.stringContaining('"event":"webhook.registered"')]);
    });

    it('and one that is shown once, only where it is shown', () => {
      const token = `hkt_${'a'.repeat(43)}`;
      watchAnswer({ method: 'POST', path: '/api/tokens' }, { 'hooktide-secret': canary('made') }, token);
      watchAnswer({ method: 'POST', path: '/singularity/api/webhooks/w/secret' }, {}, canary('made'));
      expect(takeLeaks()).toEqual([]);
      watchAnswer({ method: 'GET', path: '/api/tokens' }, { 'x-other': canary('made') }, token);
      expect(takeLeaks()).toHaveLength(2);
    });
  });

  it.each([
    ['basic', { type: 'basic', user: 'me', password: canary('password') }],
    ['bearer', { type: 'bearer', token: canary('token') }],
    ['oauth2', { type: 'oauth2', tokenUrl: 'http://127.0.0.1:9/', clientId: 'me', clientSecret: canary('client') }],
  ])('nothing leaks of a webhook whose receiver answers with all that it got: %s', async (id, auth) => {
    const receiver = await startReceiver((response, { headers }) => response.writeHead(500).end(inspect(headers)));
    const headers = { 'X-Key': canary('header'), Cookie: `a=${canary('cookie')}` };
    const webhook = { id, uri: receiver.url, type: 'REQUEST', headers, auth, secret: `whsec_${'Ab1+'.repeat(8)}` };
    await hooktide.api('POST', '/api/webhooks', webhook);
    for (const wrong of [
      { auth: { ...auth, type: 'none' } },
      { auth: { ...auth, token: `${canary('x')}\n`, password: `${canary('x')}\n`, clientSecret: `${canary('x')}\n` } },
      { headers: { 'X-Key': `${canary('header')}\n` } },
      { tls: { key: canary('key') } },
      { secret: `whsec_${canary('signing')}` },
      { uri: `http://me:${canary('userinfo')}@127.0.0.1/` },
    ]) {
      expect((await hooktide.api('PATCH', `/api/webhooks/${id}`, wrong)).status).toBe(400);
    }
    await hooktide.api('POST', `/api/webhooks/${id}/test`);
    await hooktide.post({ type: 'REQUEST', payload: { createdAt: 1, eventType: 'CREATED', request: { id: 'r' } } });
    await until(async () => (await hooktide.api('GET', '/api/dead-letters')).json.items.length === 1);
    const paths = ['', `/${id}`, '/summary'].map((path) => `/api/webhooks${path}`);
    const others = ['deliveries', 'updates', 'processes', 'audit', 'messages'].map((path) => `/api/${path}`);
    const answered = await Promise.all([...paths, ...others].map((path) => hooktide.api('GET', path)));
    expect(answered.map(({ status }) => status)).toEqual(answered.map(() => 200));
    expect(takeLeaks()).toEqual([]);
  });
});
