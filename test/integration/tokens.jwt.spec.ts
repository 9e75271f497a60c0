import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, importJWK, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Issuers } from '../../src/auth/jwt/issuers.js';
import { jwtIssuersOf } from '../../src/config/jwt.js';
import { getTrustedJson } from '../../src/egress/trusted.js';
import { call, startHooktide, type Hooktide } from '../setup/hooktide.js';
import { startIssuer, type Issuer } from '../setup/issuer.js';
import { CERTIFICATE } from '../setup/superhooks-tls.js';
import { bearing } from '../setup/tokens.js';
import { requestUpdate } from '../setup/updates.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const RULES = [
  { claim: 'sub', value: 'system:serviceaccount:team-a:*', scopes: ['ingest'], application: 'team-a' },
  { claim: 'realm.roles', value: 'operator', scopes: ['admin'] },
  { claim: 'sub', value: 'ci', scopes: ['read'] },
];

let issuer: Issuer;
let undo: (() => Promise<unknown>)[];
beforeEach(async () => {
  undo = [];
  issuer = await startIssuer();
  undo.push(() => issuer.close());
});
afterEach(async () => {
  for (const step of undo.toReversed()) await step();
});

const entry = (of: Issuer, more: object = {}) => ({ issuer: of.url, audience: 'hooktide', scopes: RULES, ...more });
const issuersOf = (entries: object[], coolDownMillis?: number) =>
  new Issuers(jwtIssuersOf(entries, 'a test', '/'), getTrustedJson, silent, coolDownMillis);
const nameOf = async (issuers: Issuers, jwt: string) => (await issuers.callerOf(jwt))?.caller.name ?? null;
const now = () => Math.floor(Date.now() / 1_000);

describe('a JWT', () => {
  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('that is signed by %s says who calls', async (alg) => {
    await issuer.rotate('other', { alg });
    const found = await issuersOf([entry(issuer)]).callerOf(await issuer.sign());
    expect(found).toMatchObject({ caller: { name: 'ci', kind: 'jwt', scopes: ['read'], application: null }, id: null });
    expect(found?.leftMillis).toBeGreaterThan(300_000);
  });

  it('may do what the first rule says that fits', async () => {
    const issuers = issuersOf([entry(issuer)]);
    const found = async (claims: JWTPayload) => (await issuers.callerOf(await issuer.sign(claims)))?.caller;
    expect(await found({ sub: 'system:serviceaccount:team-a:ci' })).toMatchObject({
      scopes: ['ingest'],
      application: 'team-a',
    });
    expect(await found({ sub: 'ada', realm: { roles: ['x', 'operator'] } })).toMatchObject({ scopes: ['admin'] });
    expect(await found({ sub: 'system:serviceaccount:team-b:ci' })).toMatchObject({ scopes: [], application: null });
    expect(await found({ aud: ['other', 'hooktide'] })).toMatchObject({ scopes: ['read'] });
  });

  it.each<[string, (of: Issuer) => Promise<string>]>([
    ['for another audience', (of) => of.sign({ aud: 'somebody' })],
    ['for nobody', (of) => of.sign({ aud: undefined })],
    ['of another issuer', (of) => of.sign({ iss: 'https://issuer.example' })],
    ['of no issuer', (of) => of.sign({ iss: undefined })],
    ['that has expired', (of) => of.sign({ exp: now() - 31 })],
    ['that never expires', (of) => of.sign({ exp: undefined })],
    ['that is not valid yet', (of) => of.sign({ nbf: now() + 120 })],
    ['of a key that is not shown', async (of) => (await of.rotate('hidden', { isShown: false }), of.sign())],
    ['of a key that bears a shown name', async (of) => (await of.rotate('first', { isShown: false }), of.sign())],
    ['with the algorithm none', async (of) => unsecured(of)],
    ['signed with the public key as a secret', (of) => withPublicKey(of)],
    ['whose claims were changed', async (of) => (await of.sign()).replace(/\.[^.]+\./, `.${claimsOf(of, 'ada')}.`)],
    ['without its signature', async (of) => (await of.sign()).replace(/[^.]+$/, '')],
    ['that is none', async () => 'a.b.c'],
  ])('%s is none', async (_, forge) => {
    const issuers = issuersOf([entry(issuer)]);
    expect(await nameOf(issuers, await issuer.sign())).toBe('ci');
    const forged = await forge(issuer);
    expect(await nameOf(issuers, forged)).toBeNull();
  });

  it('may be half a minute off', async () => {
    const issuers = issuersOf([entry(issuer)]);
    expect(await nameOf(issuers, await issuer.sign({ exp: now() - 20 }))).toBe('ci');
    expect(await nameOf(issuers, await issuer.sign({ nbf: now() + 20 }))).toBe('ci');
  });
});

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (of: Issuer, sub: string): string =>
  base64({ iss: of.url, aud: 'hooktide', sub, exp: now() + 300, realm: { roles: ['operator'] } });
const unsecured = (of: Issuer): string =>
  new UnsecuredJWT({ iss: of.url, aud: 'hooktide', sub: 'ci', exp: now() + 300 }).encode();

async function withPublicKey(of: Issuer): Promise<string> {
  const [jwk] = of.keys;
  const pem = await exportSPKI((await importJWK(jwk!, 'ES256')) as CryptoKey);
  const input = `${base64({ alg: 'HS256', kid: 'first' })}.${claimsOf(of, 'ci')}`;
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
}

describe('the keys of an issuer', () => {
  it('are found by discovery, and fetched once for many', async () => {
    const issuers = issuersOf([entry(issuer)]);
    for (const sub of ['a', 'b', 'c']) expect(await nameOf(issuers, await issuer.sign({ sub }))).toBe(sub);
    expect(issuer.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('are fetched anew when a JWT names another one, which counts from then on alone', async () => {
    const issuers = issuersOf([entry(issuer, { jwksUrl: `${issuer.url}/keys` })], 0);
    const old = await issuer.sign();
    expect(await nameOf(issuers, old)).toBe('ci');
    await issuer.rotate('second');
    expect(await nameOf(issuers, await issuer.sign())).toBe('ci');
    expect(await nameOf(issuers, old)).toBeNull();
    expect(issuer.requests.map(({ path }) => path).slice(0, 2)).toEqual(['/keys', '/keys']);
  });

  it('are not fetched for each name that somebody makes up', async () => {
    const issuers = issuersOf([entry(issuer)]);
    for (const kid of Array(20).keys())
      expect(await nameOf(issuers, await issuer.sign({}, { kid: `${kid}` }))).toBeNull();
    expect(issuer.requests.filter(({ path }) => path === '/keys')).toHaveLength(1);
  });

  it('come over TLS from whom the file of the config trusts, who gets the token of its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooktide-jwt-'));
    undo.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'ca.crt'), CERTIFICATE);
    await writeFile(join(folder, 'token'), 'a-token-of-the-pod\n');
    const secure = await startIssuer({ isSecure: true });
    undo.push(() => secure.close());
    const trusting = { caFile: join(folder, 'ca.crt'), tokenFile: join(folder, 'token') };
    expect(await nameOf(issuersOf([entry(secure, trusting)]), await secure.sign())).toBe('ci');
    expect(secure.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer a-token-of-the-pod',
      'Bearer a-token-of-the-pod',
    ]);
    const stranger = issuersOf([entry(secure)]).callerOf(await secure.sign());
    await expect(stranger).rejects.toMatchObject({ code: 'issuer_unavailable' });
  });

  it('do not come from where the token of the config would leak to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooktide-jwt-'));
    undo.push(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'token'), 'a-token-of-the-pod');
    const elsewhere = await startIssuer();
    undo.push(() => elsewhere.close());
    elsewhere.keys = issuer.keys;
    issuer.broken = { status: 200, body: JSON.stringify({ issuer: issuer.url, jwks_uri: `${elsewhere.url}/keys` }) };
    const issuers = issuersOf([entry(issuer, { tokenFile: join(folder, 'token') })]);
    expect(await nameOf(issuers, await issuer.sign())).toBe('ci');
    expect(issuer.requests[0]?.authorization).toBe('Bearer a-token-of-the-pod');
    expect(elsewhere.requests).toEqual([{ path: '/keys', authorization: undefined }]);
  });

  it.each([
    { status: 500, body: '{}' },
    { status: 301, body: '{}' },
    { status: 200, body: '<html>' },
    { status: 200, body: '{"keys":"none"}' },
    { status: 200, body: `{"keys":[],"filler":"${'x'.repeat(1_100_000)}"}` },
  ])('that come as $status make nobody unknown, but the answer impossible', async (broken) => {
    issuer.broken = broken;
    const issuers = issuersOf([entry(issuer, { jwksUrl: `${issuer.url}/keys` })]);
    const jwt = await issuer.sign();
    for (let twice = 0; twice < 2; twice++) {
      await expect(issuers.callerOf(jwt)).rejects.toMatchObject({ code: 'issuer_unavailable', issuer: issuer.url });
    }
    expect(issuer.requests).toHaveLength(1);
  });

  it('count of none whose discovery names another issuer', async () => {
    issuer.broken = {
      status: 200,
      body: JSON.stringify({ issuer: 'https://other.example', jwks_uri: `${issuer.url}/keys` }),
    };
    await expect(issuersOf([entry(issuer)]).callerOf(await issuer.sign())).rejects.toMatchObject({
      code: 'issuer_unavailable',
    });
  });
});

describe('a Hooktide that takes JWTs', () => {
  let hooktide: Hooktide;
  beforeEach(async () => {
    const env = { ROLES: 'api', AUTH_JWT: JSON.stringify([entry(issuer)]), SERVER_HOST: '127.0.0.1' };
    hooktide = await startHooktide({ env });
    undo.push(() => hooktide.stop());
  });
  const by = (jwt: string, method: string, path: string, body?: unknown) =>
    call(hooktide.url, method, path, body, bearing(jwt));

  it('asks for one, and lets each do what its rule says', async () => {
    expect((await hooktide.api('GET', '/api/webhooks')).status).toBe(401);
    const pod = await issuer.sign({ sub: 'system:serviceaccount:team-a:ci' });
    expect((await by(pod, 'POST', '/api/updates', requestUpdate('r'))).status).toBe(202);
    expect(await hooktide.sql('SELECT application FROM hooktide.update')).toEqual([{ application: 'team-a' }]);
    const refused = await by(pod, 'GET', '/api/webhooks');
    expect([refused.status, refused.text]).toEqual([
      403,
      'system:serviceaccount:team-a:ci must be part of one or more groups: [read, webhooks, admin]',
    ]);
    const operator = await issuer.sign({ sub: 'ada', realm: { roles: ['operator'] } });
    const made = await by(operator, 'POST', '/api/tokens', { name: 'ci', scopes: ['read'] });
    expect([made.status, made.json.createdBy]).toEqual([201, 'ada']);
    expect((await by(made.json.token, 'GET', '/api/webhooks')).status).toBe(200);
    const nobody = await by(await issuer.sign({ sub: 'x' }), 'GET', '/api/deliveries');
    expect(nobody.json.detail).toBe('x has no scope, and this takes the scope read: use a token that has it');
  });

  it('answers 401 to a JWT that is none, and 503 while nobody can say', async () => {
    issuer.broken = { status: 503, body: '' };
    const jwt = await issuer.sign();
    const unknown = await by(jwt, 'GET', '/api/deliveries');
    expect([unknown.status, unknown.json.code, unknown.headers.get('retry-after')]).toEqual([
      503,
      'issuer_unavailable',
      '5',
    ]);
    expect(hooktide.logged.filter(({ event }) => event === 'auth.issuer_failed')).toHaveLength(1);
    expect((await by(await issuer.sign({ iss: 'https://other.example' }), 'GET', '/api/deliveries')).status).toBe(401);
    expect((await by('no-jwt', 'GET', '/api/deliveries')).status).toBe(401);
  });
});
