import { afterEach, describe, expect, it } from 'vitest';
import type { EgressConfig } from '../../src/config/config.js';
import { EgressClient, type EgressOptions } from '../../src/egress/client.js';
import { CutShort } from '../../src/egress/cut-short.js';
import { HttpSink } from '../../src/sinks/http/http.sink.js';
import type { Message } from '../../src/sinks/sink.js';
import type { ReceiverAuth } from '../../src/updates/webhook-secrets.js';
import { egressWith, LOOPBACK } from '../setup/egress.js';
import { startHooktide } from '../setup/hooktide.js';
import * as receivers from '../setup/receivers.js';
import { messageTo } from '../setup/sinks.js';
import { CLIENT, startTokenServer } from '../setup/token-server.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

const { answers, startReceiver } = receivers;
let sink: HttpSink;
let sinks: HttpSink[] = [];
function open(config: Partial<EgressConfig> = {}, options: Partial<EgressOptions> = {}): void {
  const client = new EgressClient({
    egress: egressWith({ allow: LOOPBACK, ...config }),
    connectTimeoutMillis: 5_000,
    deadlineMillis: 10_000,
    maxResponseHeaderBytes: 16_384,
    maxResponseBytes: 65_536,
    ...options,
  });
  sink = new HttpSink(client, { version: '1', deadlineMillis: 10_000 });
  sinks.push(sink);
}
afterEach(async () => {
  for (const opened of sinks) await opened.close();
  sinks = [];
  await receivers.closeReceivers();
});
const send = (url: string, auth: ReceiverAuth, more: Partial<Message> = {}, cutShort = new CutShort()) =>
  sink.send(messageTo(url, '{}', { auth, ...more }), cutShort);
const authorizations = ({ requests }: receivers.Receiver) => requests.map(({ headers }) => headers.authorization);

describe('credentials that stay the same', () => {
  it.each<[string, ReceiverAuth, string]>([
    ['basic', { type: 'basic', user: 'me', password: 'p:w~d' }, `Basic ${Buffer.from('me:p:w~d').toString('base64')}`],
    ['basic without a password', { type: 'basic', user: 'me', password: '' }, 'Basic bWU6'],
    ['bearer', { type: 'bearer', token: 'abc.def' }, 'Bearer abc.def'],
  ])('are sent as %s, in place of a header of the webhook', async (_, auth, expected) => {
    open();
    const receiver = await startReceiver();
    await send(receiver.url, auth, { headers: { Authorization: 'mine' }, ownHeaders: { Authorization: 'mine' } });
    expect(authorizations(receiver)).toEqual([expected]);
  });

  it('that are refused are not sent once more', async () => {
    open();
    const receiver = await startReceiver(answers(401));
    expect(await send(receiver.url, { type: 'bearer', token: 'abcdef' })).toMatchObject({
      reason: 'refused',
      status: 401,
    });
    expect(receiver.requests).toHaveLength(1);
  });

  it('are masked where the receiver repeats them, however it writes them, and cut or not', async () => {
    open();
    const password = 'p"a ss/word';
    const encoded = Buffer.from(`me:${password}`).toString('base64');
    const filler = 'x'.repeat(483);
    const body = (last: string) =>
      `${encoded} ${password} ${JSON.stringify(password)} ${encodeURIComponent(password)} X-Key=k-1234 ${last}`;
    const receiver = await startReceiver((response, request) =>
      response
        .writeHead(400)
        .end(
          request.path === '/cut'
            ? `${filler} ${password.repeat(3)} secret-header-value-of-many-characters`
            : body('end'),
        ),
    );
    const own = { 'X-Key': 'k-1234', 'X-Long': 'secret-header-value-of-many-characters' };
    const auth = { type: 'basic', user: 'me', password } as const;
    const { answer } = await send(receiver.url, auth, { headers: own, ownHeaders: own });
    expect(answer).toBe('*** *** "***" *** X-Key=*** end');
    // Of the third one, six characters were kept.
    const cut = await send(`${receiver.url}cut`, auth, { headers: own, ownHeaders: own });
    expect(cut.answer).toBe(`${filler} *********`);
  });
});

describe('a token of a token server', () => {
  it('is asked for once, and kept for whoever has the same credentials', async () => {
    open();
    const server = await startTokenServer();
    const receiver = await startReceiver(server.guard);
    for (let n = 0; n < 3; n += 1) {
      // A target is opened anew at each claim.
      expect(await send(receiver.url, server.auth())).toMatchObject({ reason: 'delivered', status: 200 });
    }
    expect(authorizations(receiver)).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-1']);
    expect(server.requests).toHaveLength(1);
    const [{ method, path, headers, body } = { headers: {} } as receivers.Received] = server.requests;
    expect([method, path, body]).toEqual(['POST', '/token', 'grant_type=client_credentials']);
    expect(headers).toMatchObject({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' });
  });

  it('is another for other credentials, scopes, audiences and narrowings', async () => {
    open();
    const server = await startTokenServer();
    const receiver = await startReceiver(server.guard);
    for (const more of [{}, { scope: 'hooks write' }, { audience: 'https://shop.test' }, { sendAs: 'body' as const }]) {
      expect((await send(receiver.url, server.auth(more))).reason).toBe('delivered');
    }
    expect((await send(receiver.url, server.auth(), { onlyTo: ['127.0.0.1'] })).reason).toBe('delivered');
    expect(authorizations(receiver)).toEqual([1, 2, 3, 4, 5].map((n) => `Bearer token-${n}`));
    const forms = server.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    const grant = { grant_type: 'client_credentials' };
    expect(forms).toEqual([
      grant,
      { ...grant, scope: 'hooks write' },
      { ...grant, audience: 'https://shop.test' },
      { ...grant, client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret },
      grant,
    ]);
    expect(server.requests[3]!.headers.authorization).toBeUndefined();
  });

  it('is waited for by many at once, who ask once', async () => {
    open();
    const asked: (() => void)[] = [];
    const server = await startTokenServer({ before: (give) => void asked.push(give) });
    const receiver = await startReceiver(server.guard);
    const outcomes = Promise.all(Array.from({ length: 20 }, () => send(receiver.url, server.auth())));
    await server.waitFor(1);
    for (const give of asked) give();
    expect((await outcomes).map(({ reason }) => reason)).toEqual(Array(20).fill('delivered'));
    expect(server.requests).toHaveLength(1);
  });

  it('that many wait for stays theirs when one of them is cut short, or is in a hurry', async () => {
    open();
    const asked: (() => void)[] = [];
    const server = await startTokenServer({ before: (give) => void asked.push(give) });
    const receiver = await startReceiver(server.guard);
    const cutShort = new CutShort();
    const cut = send(receiver.url, server.auth(), {}, cutShort);
    const hurried = send(receiver.url, server.auth(), { timeoutMillis: 100 });
    const patient = send(receiver.url, server.auth());
    await server.waitFor(1);
    cutShort.request();
    expect(await cut).toMatchObject({ reason: 'cut_short' });
    const detail = `The token server at ${new URL(server.url).origin} gave no answer within 100 ms`;
    expect(await hurried).toMatchObject({ reason: 'token_refused', detail });
    for (const give of asked) give();
    expect(await patient).toMatchObject({ reason: 'delivered' });
    expect([server.requests.length, receiver.requests.length]).toEqual([1, 1]);
  });

  it('is asked for anew when it has ended, by the seconds that the server says', async () => {
    open();
    const server = await startTokenServer({ expiresIn: 1 });
    const receiver = await startReceiver(server.guard);
    await send(receiver.url, server.auth());
    await until(async () => {
      await send(receiver.url, server.auth());
      return server.requests.length > 1;
    }, 5_000);
    expect(server.requests).toHaveLength(2);
    expect(authorizations(receiver).at(-1)).toBe('Bearer token-2');
  });

  it.each([undefined, null, 'soon', -1, 0, true])('is kept although its life is said to be %j', async (expiresIn) => {
    open();
    const server = await startTokenServer({ expiresIn });
    const receiver = await startReceiver(server.guard);
    for (let n = 0; n < 2; n += 1) await send(receiver.url, server.auth());
    expect(server.requests).toHaveLength(1);
  });

  it('that the receiver takes no longer is replaced within the same attempt', async () => {
    open();
    const server = await startTokenServer();
    const receiver = await startReceiver(server.guard);
    await send(receiver.url, server.auth());
    server.revoke();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => send(receiver.url, server.auth())));
    expect(outcomes.map(({ reason }) => reason)).toEqual(Array(5).fill('delivered'));
    expect(server.requests).toHaveLength(2);
    expect(outcomes.every(({ durationMillis }) => Number.isInteger(durationMillis))).toBe(true);
  });

  it('is replaced once an attempt, however often the receiver says 401', async () => {
    open();
    const server = await startTokenServer();
    const receiver = await startReceiver((response, { headers }) => response.writeHead(401).end(headers.authorization));
    const outcome = await send(receiver.url, server.auth());
    expect(outcome).toMatchObject({ reason: 'refused', status: 401, answer: '***' });
    expect(authorizations(receiver)).toEqual(['Bearer token-1', 'Bearer token-2']);
    await send(receiver.url, server.auth());
    expect([server.requests.length, receiver.requests.length]).toEqual([3, 4]);
  });

  it('is asked for within the deadline of the attempt, which the receiver shares', async () => {
    open();
    const server = await startTokenServer();
    const receiver = await startReceiver(receivers.neverAnswers);
    const outcome = await send(receiver.url, server.auth(), { timeoutMillis: 300 });
    expect(outcome.reason).toBe('timeout');
    expect(outcome.durationMillis).toBeGreaterThanOrEqual(290);
    expect(outcome.durationMillis).toBeLessThan(5_000);
  });

  const huge = JSON.stringify({ access_token: 'x'.repeat(100_000) });
  it.each<[string, receivers.Handler, string]>([
    ['refuses', answers(401, {}, '{"error":"invalid_client"}'), 'answered 401 without a token: invalid_client'],
    ['says what it was told', answers(400, {}, `{"error":"${CLIENT.clientSecret}"}`), 'answered 400 without a token'],
    ['gives an empty token', answers(200, {}, '{"access_token":""}'), 'answered 200 without a token'],
    ['gives a token with a line break', answers(200, {}, '{"access_token":"a\\nb"}'), 'answered 200 without a token'],
    ['gives another kind', answers(200, {}, '{"access_token":"a","token_type":"mac"}'), 'no Bearer token'],
    ['gives HTML', answers(200, {}, '<html>'), 'answered 200 without a token'],
    ['gives null', answers(200, {}, 'null'), 'answered 200 without a token'],
    ['gives a number', answers(200, {}, '7'), 'answered 200 without a token'],
    ['redirects', receivers.redirectsTo('http://127.0.0.1:9/'), 'answered 302 without a token'],
    ['gives a huge answer', answers(200, {}, huge), 'gave no token: The body of the reply is larger than 65 536 bytes'],
    ['never ends', receivers.neverEnds, 'gave no token: The body of the reply is larger'],
    ['hangs up', receivers.closesAtOnce, 'gave no token: '],
    ['talks nonsense', receivers.answersNonsense, 'gave no token: '],
    ['never answers', receivers.neverAnswers, 'gave no '],
  ])('is missing where the server %s: nothing is sent, and the outcome says so', async (_, handler, said) => {
    open({}, { deadlineMillis: 500 });
    const server = await startReceiver(handler);
    const receiver = await startReceiver();
    const auth = { type: 'oauth2', tokenUrl: server.url, ...CLIENT } as const;
    const outcome = await send(receiver.url, auth, { timeoutMillis: 1_000 });
    expect(outcome).toMatchObject({ reason: 'token_refused', detail: expect.stringContaining(said) as string });
    expect(outcome.detail.startsWith(`The token server at ${new URL(server.url).origin} `)).toBe(true);
    expect(outcome.detail).not.toContain(CLIENT.clientSecret);
    expect([outcome.answer, receiver.requests.length]).toEqual([undefined, 0]);
  });

  it('is not asked for where egress lets nothing through', async () => {
    const server = await startTokenServer();
    const receiver = await startReceiver(server.guard);
    open({ deny: [`127.0.0.1:${server.port}`] });
    expect(await send(receiver.url, server.auth())).toMatchObject({
      reason: 'token_refused',
      detail: expect.stringMatching(/gave no token: .* egress refuses/),
    });
    open();
    const onlyTo = [`127.0.0.1:${receiver.port}`];
    expect((await send(receiver.url, server.auth(), { onlyTo })).reason).toBe('token_refused');
    expect([server.requests.length, receiver.requests.length]).toEqual([0, 0]);
  });

  it('that nobody gives keeps no sink from closing', async () => {
    open();
    const server = await startReceiver(receivers.neverAnswers);
    const outcome = send(server.url, { type: 'oauth2', tokenUrl: server.url, ...CLIENT });
    await server.waitFor(1);
    await sink.close();
    sinks = [];
    expect((await outcome).reason).toBe('cut_short');
  });
});

describe('a webhook', () => {
  it('is authenticated to by what it was registered with, in deliveries and in tests, until that is changed', async () => {
    const hooktide = await startHooktide();
    try {
      const server = await startTokenServer();
      const receiver = await startReceiver(server.guard);
      const auth = server.auth();
      await hooktide.api('POST', '/api/webhooks', { id: 'w', uri: receiver.url, type: 'REQUEST', auth });
      expect((await hooktide.api('POST', '/api/webhooks/w/test')).json.outcome).toMatchObject({ reason: 'delivered' });
      await hooktide.post(requestUpdate('r'));
      await receiver.waitFor(2);
      const shown = { ...auth, clientSecret: '***' };
      expect((await hooktide.api('GET', '/api/webhooks/w')).json.auth).toEqual(shown);
      const patch = (changed: object) => hooktide.api('PATCH', '/api/webhooks/w', { auth: changed });
      // What is shown can be written back, but not to have the secret sent elsewhere.
      expect((await patch({ ...shown, scope: 'hooks' })).status).toBe(200);
      const elsewhere = await patch({ ...shown, tokenUrl: `http://127.0.0.1:${receiver.port}/token` });
      expect(elsewhere.json).toMatchObject({ status: 400, code: 'invalid_input', field: 'auth.clientSecret' });
      await hooktide.post(requestUpdate('r'));
      expect(server.requests.map(({ body }) => new URLSearchParams(body).get('scope'))).toEqual([null]);
      await receiver.waitFor(3);
      expect(new URLSearchParams(server.requests[1]?.body).get('scope')).toBe('hooks');

      await patch({ type: 'bearer', token: 'wrong-one' });
      await hooktide.post(requestUpdate('r', 9));
      await receiver.waitFor(4);
      const refused = await until(async () => (await hooktide.api('GET', '/api/webhooks/w')).json.lastFailure ?? false);
      expect(refused).toMatchObject({ reason: 'refused', status: 401, answer: 'who is ***?' });
    } finally {
      await hooktide.stop();
    }
  });

  it('says why nothing arrives while the token server gives no token, and goes on when it does', async () => {
    const hooktide = await startHooktide();
    try {
      let isAway = true;
      const server = await startTokenServer();
      const gate = await startReceiver((response) =>
        isAway
          ? response.writeHead(503).end()
          : response.writeHead(200).end(JSON.stringify({ access_token: 'token-1' })),
      );
      const receiver = await startReceiver();
      const auth = { ...server.auth(), tokenUrl: gate.url };
      await hooktide.api('POST', '/api/webhooks', { id: 'w', uri: receiver.url, type: 'REQUEST', auth });
      await hooktide.post(requestUpdate('r'));
      const waiting = await until(async () => {
        const { items } = (await hooktide.api('GET', '/api/deliveries?state=waiting')).json;
        return items[0]?.attempts > 0 && items[0];
      });
      expect(JSON.stringify(waiting)).toContain('"token_refused"');
      expect(waiting.why.detail).toContain('the token server gave no token: look at the auth of the webhook');
      isAway = false;
      expect(authorizations({ ...receiver, requests: await receiver.waitFor(1) })).toEqual(['Bearer token-1']);
    } finally {
      await hooktide.stop();
    }
  });
});
