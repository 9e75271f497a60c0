import { describe, expect, it } from 'vitest';
import type { JwtRule } from '../../config/jwt.js';
import { claimAt, ruleFor } from './claims.js';

const CLAIMS = {
  sub: 'system:serviceaccount:team-a:ci',
  scope: 'openid hooktide.ingest',
  groups: ['dev', 'ops', 7],
  admin: true,
  'kubernetes.io': { namespace: 'team-a', serviceaccount: { name: 'ci' } },
  realm: { access: { roles: ['deployer'] } },
  'https://example.com/role': 'writer',
};

describe('a claim', () => {
  it.each([
    ['sub', CLAIMS.sub],
    ['kubernetes.io.namespace', 'team-a'],
    ['kubernetes.io.serviceaccount.name', 'ci'],
    ['realm.access.roles', ['deployer']],
    ['https://example.com/role', 'writer'],
    ['nope', undefined],
    ['sub.length', undefined],
    ['groups.0', undefined],
    ['constructor', undefined],
    ['__proto__.x', undefined],
    ['', undefined],
    ['.', undefined],
  ])('is found at %s', (path, value) => {
    expect(claimAt(CLAIMS, path)).toEqual(value);
  });
});

const rule = (claim: string, value: string, application: string | null = null): JwtRule => ({
  claim,
  value,
  scopes: ['read'],
  application,
});

describe('a rule', () => {
  it.each([
    ['sub', 'system:*', true],
    ['scope', 'hooktide.ingest', true],
    ['scope', 'openid', true],
    ['scope', 'openid hooktide.ingest', false],
    ['groups', 'ops', true],
    ['groups', '7', false],
    ['groups', 'dev,ops', false],
    ['admin', 'true', true],
    ['kubernetes.io', '*', false],
    ['nope', '*', false],
  ])('for %s = %s: %j', (claim, value, expected) => {
    expect(ruleFor([rule(claim, value)], CLAIMS) !== undefined).toBe(expected);
  });

  it('counts when it is the first that fits', () => {
    const rules = [rule('sub', 'x', 'a'), rule('groups', 'ops', 'b'), rule('sub', '*', 'c')];
    expect(ruleFor(rules, CLAIMS)?.application).toBe('b');
  });
});
