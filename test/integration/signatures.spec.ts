import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CutShort } from '../../src/egress/cut-short.js';
import { newSecret } from '../../src/signing/symmetric.js';
import { HttpSink } from '../../src/sinks/http/http.sink.js';
import { clientWith, closeClients } from '../setup/egress.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answersInTurn, closeReceivers, startReceiver } from '../setup/receivers.js';
import { messageTo } from '../setup/sinks.js';
import { requestUpdate } from '../setup/updates.js';
import { isVerified, isVerifiedByKey } from '../setup/verify.js';

const SIGNED = /^v1,[A-Za-z\d+/]{43}=$/;
const WHSEC = /^whsec_[A-Za-z\d+/]{43}=$/;
const KEYS = [1, 2].map((byte) => `whsk_${Buffer.alloc(32, byte).toString('base64')}`);

describe('a body', () => {
  afterEach(async () => {
    await closeClients();
    await closeReceivers();
  });

  it.each<[string, string[]]>([
    ['that is empty', ['']],
    ['of 350 KB', [JSON.stringify({ text: 'é😀'.repeat(60_000) })]],
    ['of whatever characters', ['\u2028\ufeff', 'line\r\nline', ...fc.sample(fc.string({ unit: 'grapheme' }), 30)]],
    ['of whatever JSON', fc.sample(fc.json(), 30)],
  ])('%s is verified by the official library as it arrives', async (_, bodies) => {
    const receiver = await startReceiver();
    const sink = new HttpSink(clientWith(), { version: '1', deadlineMillis: 10_000 });
    const secret = newSecret();
    for (const body of bodies) {
      const outcome = await sink.send(
        messageTo(receiver.url, body, { signing: { keys: [{ secret }] } }),
        new CutShort(),
      );
      expect(outcome.reason).toBe('delivered');
    }
    expect(receiver.requests.map(({ body }) => body)).toEqual(bodies);
    for (const request of receiver.requests) {
      expect([request.body.slice(0, 50), isVerified(secret, request)]).toEqual([request.body.slice(0, 50), true]);
      expect(isVerified(secret, { ...request, body: `${request.body} ` })).toBe(false);
      expect(isVerified(newSecret(), request)).toBe(false);
    }
  });
});

describe('deliveries', () => {
  let hooktide: Hooktide;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hooktide-signatures-'));
    await writeFile(join(folder, 'keys'), `# the service's own\n${KEYS.join('\n')}\n`, { mode: 0o600 });
    hooktide = await startHooktide();
  });
  afterEach(async () => {
    for (const { id } of (await hooktide.api('GET', '/api/webhooks')).json as { id: string }[])
      await hooktide.api('DELETE', `/api/webhooks?webhookId=${encodeURIComponent(id)}`);
    await closeReceivers();
  });
  afterAll(async () => {
    await hooktide.stop();
    await rm(folder, { recursive: true });
  });

  /** Registers a webhook `w`, and answers with the secret that was made for it. */
  async function register(uri: string, options: object = {}, at = hooktide): Promise<string | null> {
    const answer = await at.api('POST', '/api/webhooks', { id: 'w', uri, type: 'REQUEST', ...options });
    expect([answer.status, answer.json]).toEqual([200, 'CREATED']);
    return answer.headers.get('hooktide-secret');
  }
  const rotate = async (body?: object, id = 'w') => hooktide.api('POST', `/api/webhooks/${id}/secret`, body);

  it('are signed by the secret that the registration shows, once', async () => {
    const receiver = await startReceiver();
    const secret = await register(receiver.url);
    expect(secret).toMatch(WHSEC);
    await hooktide.post(requestUpdate('größe 😀', 1));
    const [request] = await receiver.waitFor(1);
    expect(isVerified(secret!, request!)).toBe(true);
    expect(request!.headers['webhook-signature']).toMatch(SIGNED);
    expect(request!.headers['x-hub-signature-256']).toBeUndefined();

    const again = await hooktide.api('POST', '/api/webhooks', { id: 'w', uri: receiver.url, type: 'REQUEST' });
    expect([again.json, again.headers.get('hooktide-secret')]).toEqual(['EXISTED', null]);
    expect((await hooktide.api('GET', '/api/webhooks/w')).text).not.toContain(secret);
  });

  it.each(['singularity', 'cloudevents', 'cloudevents-binary', 'form', 'slack'])(
    'in the format %s are signed as they are sent',
    async (format) => {
      const receiver = await startReceiver();
      const secret = await register(receiver.url, { format });
      await hooktide.post(requestUpdate('r', 7));
      const [request] = await receiver.waitFor(1);
      expect(request!.body).not.toBe('');
      expect(isVerified(secret!, request!)).toBe(true);
    },
  );

  it('are signed by a secret of the client’s own, and as GitHub does where that is asked for', async () => {
    const receiver = await startReceiver();
    const secret = newSecret();
    expect(await register(receiver.url, { secret, hubSignature: true })).toBeNull();
    await hooktide.post(requestUpdate('r'));
    const [request] = await receiver.waitFor(1);
    expect(isVerified(secret, request!)).toBe(true);
    const hub = createHmac('sha256', secret).update(request!.body).digest('hex');
    expect(request!.headers['x-hub-signature-256']).toBe(`sha256=${hub}`);
  });

  it('get a secret where only the signature of GitHub is asked for', async () => {
    const receiver = await startReceiver();
    const secret = await register(receiver.url, { hubSignature: true });
    await hooktide.post(requestUpdate('r'));
    const [request] = await receiver.waitFor(1);
    const hub = createHmac('sha256', secret!).update(request!.body).digest('hex');
    expect(request!.headers['x-hub-signature-256']).toBe(`sha256=${hub}`);
    expect(isVerified(secret!, request!)).toBe(true);
  });

  it('are not signed where the webhook says so', async () => {
    const receiver = await startReceiver();
    expect(await register(receiver.url, { secret: null })).toBeNull();
    expect(await register('arn:aws:sns:eu-west-1:123456789012:topic', { id: 'topic' })).toBeNull();
    await hooktide.post(requestUpdate('r'));
    const [request] = await receiver.waitFor(1);
    expect(Object.keys(request!.headers).filter((name) => name.includes('signature'))).toEqual([]);
    expect(request!.headers['webhook-id']).toMatch(/^[\w-]+$/);
  });

  it('that are tried again keep their id, and are signed anew with the time of the attempt', async () => {
    const receiver = await startReceiver(answersInTurn(500, 200));
    const secret = await register(receiver.url, { retry: { policy: 'constant', delayMillis: 1_100 } });
    await hooktide.post(requestUpdate('r'));
    const [first, second] = (await receiver.waitFor(2)).map((request) => ({
      id: request.headers['webhook-id'],
      seconds: Number(request.headers['webhook-timestamp']),
      isVerified: isVerified(secret!, request),
    }));
    expect(second).toEqual({ ...first, isVerified: true, seconds: expect.any(Number) as number });
    expect(second!.seconds).toBeGreaterThan(first!.seconds);
    expect(Math.abs(second!.seconds - Date.now() / 1000)).toBeLessThan(60);
  });

  it('in the middle of a rotation are verified by old and new receivers, and each as promised', async () => {
    const receiver = await startReceiver();
    const first = (await register(receiver.url))!;
    const stream = async (from: number) => {
      for (let n = from; n < from + 20; n += 1) await hooktide.post(requestUpdate(`r${n % 3}`, n));
    };
    const during = stream(0);
    await receiver.waitFor(3);
    const { json: overlapping } = await rotate({ overlapHours: 24 });
    await during;
    await stream(20);
    const before = await receiver.waitFor(40);
    expect(overlapping).toEqual({ secret: expect.stringMatching(WHSEC), oldSecretUntil: expect.any(String) });
    expect(Date.parse(overlapping.oldSecretUntil) / 3_600_000).toBeCloseTo(Date.now() / 3_600_000 + 24, 1);
    expect((await hooktide.api('GET', '/api/webhooks/w')).json).toMatchObject({
      secret: '***',
      oldSecretUntil: overlapping.oldSecretUntil,
    });
    // Whoever knows only the old one verifies all of them, whoever knows the new one all from the rotation on.
    expect(before.filter((request) => !isVerified(first, request))).toEqual([]);
    const numbers = (of: typeof before) => of.map(({ body }) => Number(JSON.parse(body).message));
    const young = new Set(numbers(before.filter((request) => isVerified(overlapping.secret, request))));
    expect(Array.from({ length: 20 }, (_, n) => young.has(n + 20))).toEqual(Array(20).fill(true));
    expect(before.at(-1)!.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);

    const { json: alone } = await rotate({ overlapHours: 0 });
    expect(alone.oldSecretUntil).toBeNull();
    await stream(40);
    for (const request of (await receiver.waitFor(60)).slice(40)) {
      const by = [first, overlapping.secret, alone.secret].map((secret: string) => isVerified(secret, request));
      expect(by).toEqual([false, false, true]);
    }
    expect((await hooktide.api('GET', '/api/webhooks/w')).json.oldSecretUntil).toBeNull();
  });

  it('of a webhook that had no secret are signed from the first rotation on, by one of the client’s own too', async () => {
    const receiver = await startReceiver();
    await register(receiver.url, { secret: null });
    const secret = newSecret();
    expect((await rotate({ secret })).json).toEqual({ secret, oldSecretUntil: null });
    await hooktide.post(requestUpdate('r'));
    expect(isVerified(secret, (await receiver.waitFor(1))[0]!)).toBe(true);
  });

  it('can be signed by five secrets at once, and by no more', async () => {
    const receiver = await startReceiver();
    const secrets = [await register(receiver.url)];
    for (let n = 0; n < 4; n += 1) secrets.push((await rotate()).json.secret);
    const { status, json } = await rotate();
    expect([status, json.code, json.field]).toEqual([400, 'invalid_input', 'overlapHours']);
    await hooktide.post(requestUpdate('r'));
    const [request] = await receiver.waitFor(1);
    expect(secrets.map((secret) => isVerified(secret!, request!))).toEqual(Array(5).fill(true));
    expect((await rotate({ overlapHours: 0 })).status).toBe(200);
  });

  it.each([
    [{ secret: 'whsec_c2hvcnQ=' }, 'secret', 'secret has 5 bytes: write whsec_ and 24 to 64 bytes in base64'],
    [{ secret: '***' }, 'secret', 'secret is ***: leave it out to get a new one'],
    [{ overlapHours: -1 }, 'overlapHours', 'overlapHours is -1: write a whole number of hours from 0 to 720'],
    [{ overlap: 1 }, 'overlap', 'overlap is no field of a webhook. The nearest one is overlapHours'],
  ])('keep their secret when a rotation is wrong: %j', async (body, field, detail) => {
    const receiver = await startReceiver();
    const secret = await register(receiver.url);
    expect((await rotate(body)).json).toMatchObject({ status: 400, code: 'invalid_input', field, detail });
    await hooktide.post(requestUpdate('r'));
    expect(isVerified(secret!, (await receiver.waitFor(1))[0]!)).toBe(true);
  });

  it('to topics of SNS, and of hooks of Sail, have no secret to rotate', async () => {
    await register('arn:aws:sns:eu-west-1:123456789012:topic');
    expect((await rotate()).json.detail).toMatch(/goes to a topic of SNS, which signs for itself/);
    const body = { url: 'http://127.0.0.1:9/' };
    expect((await hooktide.api('POST', '/v1/applications/shop/hook', body)).status).toBe(201);
    const [{ id } = { id: '' }] = await hooktide.sql<{ id: string }>(
      `SELECT id FROM hooktide.webhook WHERE origin = 'sail'`,
    );
    expect((await rotate({}, encodeURIComponent(id))).json.detail).toMatch(/its deliveries are not signed$/);
    expect((await rotate({}, 'nope')).json.code).toBe('webhook_not_found');
  });

  it('that are tests are signed like others', async () => {
    const receiver = await startReceiver();
    const secret = await register(receiver.url);
    expect((await hooktide.api('POST', '/api/webhooks/w/test')).json).toMatchObject({ delivered: true });
    expect(isVerified(secret!, receiver.requests[0]!)).toBe(true);
  });

  it('bear a signature by each key of the service beside, which whoever asks can verify', async () => {
    const env = { SIGNING_KEYS_FILE: join(folder, 'keys'), AUTH_TOKEN_FILE: join(folder, 'token') };
    await writeFile(env.AUTH_TOKEN_FILE, 'correct-horse\n', { mode: 0o600 });
    const own = await startHooktide({ env });
    try {
      const { status, json } = await own.api('GET', '/.well-known/hooktide-keys');
      const key = { id: expect.stringMatching(/^[\da-f]{12}$/), algorithm: 'ed25519' };
      const publicKey = expect.stringMatching(/^whpk_[A-Za-z\d+/]{43}=$/);
      expect([status, json]).toEqual([
        200,
        {
          keys: [
            { ...key, publicKey },
            { ...key, publicKey },
          ],
        },
      ]);
      const receiver = await startReceiver();
      const secret = newSecret();
      const headers = { Authorization: 'Bearer correct-horse', 'Content-Type': 'application/json' };
      const send = (path: string, body: object) =>
        fetch(own.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      await send('/api/webhooks', { uri: receiver.url, type: 'REQUEST', secret });
      await send('/api/updates', requestUpdate('größe'));
      const [request] = await receiver.waitFor(1);
      expect(isVerified(secret, request!)).toBe(true);
      for (const { publicKey: known } of json.keys as { publicKey: string }[]) {
        expect(isVerifiedByKey(known, request!)).toBe(true);
        expect(isVerifiedByKey(known, { ...request!, body: `${request!.body} ` })).toBe(false);
      }
      expect(String(request!.headers['webhook-signature']).split(' ')).toEqual([
        expect.stringMatching(SIGNED),
        expect.stringMatching(/^v1a,/),
        expect.stringMatching(/^v1a,/),
      ]);
    } finally {
      await own.stop();
    }
    expect((await hooktide.api('GET', '/.well-known/hooktide-keys')).json).toEqual({ keys: [] });
  });

  it('are signed only where that is asked for, if the config says so', async () => {
    const own = await startHooktide({ env: { SIGNING_BY_DEFAULT: 'false' } });
    try {
      const receiver = await startReceiver();
      expect(await register(receiver.url, {}, own)).toBeNull();
      const secret = await register(receiver.url, { id: 'signed', hubSignature: true }, own);
      await own.post(requestUpdate('r'));
      const requests = await receiver.waitFor(2);
      expect(requests.filter(({ headers }) => headers['webhook-signature'] === undefined)).toHaveLength(1);
      expect(requests.filter((request) => isVerified(secret!, request))).toHaveLength(1);
    } finally {
      await own.stop();
    }
  });
});
