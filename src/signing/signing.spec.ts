import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Signing } from '../updates/webhook-secrets.js';
import { parseKeyPairs } from './asymmetric.js';
import { signatureHeaders } from './signer.js';
import { newSecret, rotated, secretProblem, sign } from './symmetric.js';

const NOW = Date.now();
const timestamp = String(Math.floor(NOW / 1000));
const pairs = (text: string) => parseKeyPairs(text)!;

function headersOf(body: string, signing: Signing, text = '') {
  const id = '0199-7';
  const own = text === '' ? [] : pairs(text);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...signatureHeaders({ id, timestamp, body }, signing, own, NOW),
  };
}

/** The official library checks JSON only by parsing it after the signature. */
const verifies = (secret: string, body: string, headers: Record<string, string>): boolean => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch (error) {
    return error instanceof SyntaxError;
  }
};

const bodies = fc.oneof(
  fc.json(),
  fc.string({ unit: 'grapheme' }),
  fc.constant(''),
  fc.constant(JSON.stringify({ text: 'é😀'.repeat(60_000) })),
);

describe('signatures', () => {
  it('are taken by the official library, for whatever body', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const secret = newSecret();
        const headers = headersOf(body, { keys: [{ secret }] });
        expect(verifies(secret, body, headers)).toBe(true);
        expect(verifies(secret, `${body} `, headers)).toBe(false);
        expect(verifies(newSecret(), body, headers)).toBe(false);
      }),
    );
  });

  it('are taken by old and new receivers in the middle of a rotation, and by new ones alone after it', () => {
    const [old, young] = [newSecret(), newSecret()];
    const signing = rotated({ keys: [{ secret: old }] }, young, NOW + 1, NOW);
    const during = headersOf('{}', signing);
    expect(verifies(old, '{}', during)).toBe(true);
    expect(verifies(young, '{}', during)).toBe(true);
    const after = signatureHeaders({ id: 'a', timestamp, body: '{}' }, signing, [], NOW + 1);
    const headers = { 'webhook-id': 'a', 'webhook-timestamp': timestamp, ...after };
    expect(verifies(old, '{}', headers)).toBe(false);
    expect(verifies(young, '{}', headers)).toBe(true);
  });

  it('stand in their order: the newest secret first, keys of the service behind', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const signing = rotated({ keys: [{ secret: newSecret() }] }, newSecret(), NOW + 1, NOW);
    const { 'webhook-signature': all } = signatureHeaders({ id: 'a', timestamp, body: 'x' }, signing, pairs(pem), NOW);
    const [first, second, third, ...rest] = all!.split(' ');
    expect([first, second]).toEqual(signing.keys.map(({ secret }) => sign(secret, 'a', timestamp, 'x')));
    expect(rest).toEqual([]);
    const [version, signature = ''] = third!.split(',');
    expect(version).toBe('v1a');
    const bytes = Buffer.from(signature, 'base64');
    expect(verify(null, Buffer.from(`a.${timestamp}.x`), createPublicKey(privateKey), bytes)).toBe(true);
  });

  it('follow the published vector', () => {
    // https://github.com/standard-webhooks/standard-webhooks, the libraries' tests
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const signature = sign(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}');
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('are made as GitHub makes them, where asked for', () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries, "Testing"
    const secret = "It's a Secret to Everybody";
    const headers = signatureHeaders(
      { id: 'a', timestamp, body: 'Hello, World!' },
      { keys: [{ secret }], hub: true },
      [],
      NOW,
    );
    const expected = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(headers['x-hub-signature-256']).toBe(expected);
  });
});

const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

describe('secrets', () => {
  it('are of chance and fit', () => {
    expect(secretProblem(newSecret())).toBeNull();
    expect(newSecret()).not.toBe(newSecret());
  });

  it.each([of(24), of(64), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])('can be %s', (secret) => {
    expect(secretProblem(secret)).toBeNull();
  });

  it.each([
    '',
    'secret',
    'whsec_',
    'whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    of(23),
    of(65),
    of(32).replace('=', ''),
    of(32).replace(/.=$/, '9='),
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La-_Sw',
    'whsec_a b',
    `${of(32)}\n`,
  ])("can't be «%s»", (secret) => {
    expect(secretProblem(secret)).toMatch(/write whsec_ and 24 to 64 bytes in base64$/);
  });

  it('that are replaced twice in the overlap sign on no longer than they would have', () => {
    const first = rotated({ keys: [{ secret: 'a' }] }, 'b', NOW + 10, NOW);
    expect(rotated(first, 'c', NOW + 30, NOW + 5).keys).toEqual([
      { secret: 'c' },
      { secret: 'b', untilMillis: NOW + 30 },
      { secret: 'a', untilMillis: NOW + 10 },
    ]);
    expect(rotated(first, 'c', NOW + 10, NOW + 10).keys).toEqual([{ secret: 'c' }]);
    expect(rotated(first, 'a', NOW + 30, NOW + 5).keys).toEqual([
      { secret: 'a' },
      { secret: 'b', untilMillis: NOW + 30 },
    ]);
  });
});

describe('keys of the service', () => {
  const seed = Buffer.alloc(32, 3);
  const text = `whsk_${seed.toString('base64')}`;
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const raw = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');

  it.each([
    ['a seed', text],
    ['a seed and its public key', `whsk_${Buffer.concat([seed, raw]).toString('base64')}`],
    ['PEM', key.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['a line with a remark', `# of May\n${text} # the first\n`],
  ])('are read from %s', (_, given) => {
    expect(pairs(given).map((pair) => pair.public)).toEqual([
      {
        id: expect.stringMatching(/^[\da-f]{12}$/) as string,
        algorithm: 'ed25519',
        publicKey: `whpk_${raw.toString('base64')}`,
      },
    ]);
  });

  it('can be several', () => {
    expect(pairs(`${text}\nwhsk_${Buffer.alloc(32, 4).toString('base64')}`)).toHaveLength(2);
  });

  it.each(['', 'whsk_', text.slice(0, -4), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `${text} x`])(
    'are not read from «%s»',
    (given) => {
      expect(parseKeyPairs(given)).toBeNull();
    },
  );

  it('are not read from another kind of key', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(parseKeyPairs(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())).toBeNull();
  });
});
