import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors/errors.js';
import { jwtIssuersOf } from './jwt.js';
import { loadConfig } from './load.js';

const cwd = mkdtempSync(join(tmpdir(), 'hooktide-jwt-'));
writeFileSync(join(cwd, 'ca.crt'), '-----BEGIN CERTIFICATE-----');

const rule = { claim: 'sub', value: 'system:serviceaccount:team-a:*', scopes: ['ingest'], application: 'team-a' };
const entry = { issuer: 'https://issuer.example', audience: 'hooktide', scopes: [rule] };

describe('auth.jwt', () => {
  it('is read with what is left out as null, and with absolute paths', () => {
    const whole = { ...entry, jwksUrl: 'http://127.0.0.1:8/keys', caFile: 'ca.crt', scopes: [rule, { claim: 'a.b', value: '*', scopes: ['read', 'admin'] }] }; // prettier-ignore
    expect(jwtIssuersOf([entry, whole], 'my.yaml:3', cwd)).toEqual([
      { ...entry, jwksUrl: null, caFile: null, tokenFile: null },
      {
        ...entry,
        jwksUrl: 'http://127.0.0.1:8/keys',
        caFile: join(cwd, 'ca.crt'),
        tokenFile: null,
        scopes: [rule, { claim: 'a.b', value: '*', scopes: ['read', 'admin'], application: null }],
      },
    ]);
  });

  it('turns tokens on, from a variable too', () => {
    const { auth } = loadConfig({ HOOKTIDE_AUTH_JWT: JSON.stringify([entry]), HOOKTIDE_SERVER_HOST: '0.0.0.0' }).config;
    expect(auth).toMatchObject({ mode: 'token', token: null, jwt: [{ issuer: 'https://issuer.example' }] });
    const both = { HOOKTIDE_AUTH_JWT: JSON.stringify([entry]), HOOKTIDE_AUTH_MODE: 'none' };
    expect(() => loadConfig(both)).toThrow('auth.mode is none although auth.jwt is given: write one of them.');
  });

  it.each<[unknown, string, string]>([
    ['x', 'auth.jwt[0]', 'auth.jwt[0] is "x": write a section.'],
    [{ ...entry, issuers: 1 }, 'auth.jwt[0].issuers', 'is no key of Hooktide. The nearest one is auth.jwt[0].issuer.'],
    [{ ...entry, issuer: undefined }, 'auth.jwt[0].issuer', 'is missing: write what stands in the claim iss.'],
    [{ ...entry, audience: '' }, 'auth.jwt[0].audience', 'is ""'],
    [{ ...entry, issuer: 'me' }, 'auth.jwt[0].jwksUrl', 'is missing, and the issuer is no url'],
    [{ ...entry, issuer: 'http://issuer.example' }, 'auth.jwt[0].jwksUrl', 'write an https url'],
    [{ ...entry, jwksUrl: 'http://10.0.0.1/keys' }, 'auth.jwt[0].jwksUrl', 'write an https url, or an http one of loopback.'], // prettier-ignore
    [{ ...entry, caFile: 'nope' }, 'auth.jwt[0].caFile', "names a file that can't be read (ENOENT"],
    [{ ...entry, scopes: [] }, 'auth.jwt[0].scopes', 'is an empty list: write a list of {claim, value, scopes}.'],
    [{ ...entry, scopes: [{ ...rule, value: 1 }] }, 'auth.jwt[0].scopes[0].value', 'is 1: write what it has to be.'],
    [{ ...entry, scopes: [{ ...rule, scopes: ['write'] }] }, 'auth.jwt[0].scopes[0].scopes', 'is a list: write a list of read, ingest, webhooks, admin.'], // prettier-ignore
    [{ ...entry, scopes: [{ ...rule, scopes: ['admin'] }] }, 'auth.jwt[0].scopes[0].application', 'stands beside the scope admin'], // prettier-ignore
  ])('refuses %j', (wrong, key, reason) => {
    const take = () => jwtIssuersOf([wrong], 'my.yaml:3', cwd);
    expect(take).toThrow(ConfigError);
    expect(take).toThrow(expect.objectContaining({ key }));
    expect(take).toThrow(reason);
    expect(take).toThrow(/^my\.yaml:3: auth\.jwt\[0\]/);
  });
});
