import { describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../config/scope.js';
import { refusalAt, type Door } from './admission.js';
import type { Caller } from './caller.js';
import { covers } from './scopes.js';

const door = (more: Partial<Door> = {}): Door => ({
  method: 'GET',
  needs: undefined,
  forApplication: undefined,
  parameters: {},
  ...more,
});
const caller = (scopes: Scope[], application: string | null = null): Caller => ({
  name: 'ci',
  kind: 'token',
  scopes,
  application,
});
const passes = (at: Door, who: Caller) => refusalAt(at, who) === null;

describe('a scope', () => {
  it.each<[Scope, Scope[]]>([
    ['read', ['read']],
    ['ingest', ['ingest']],
    ['webhooks', ['read', 'webhooks']],
    ['admin', [...SCOPES]],
  ])('%s covers %j and nothing else', (scope, covered) => {
    expect(SCOPES.filter((need) => covers([scope], need)).toSorted()).toEqual(covered.toSorted());
  });

  it('stands beside others', () => {
    expect(covers(['ingest', 'read'], 'read')).toBe(true);
    expect(covers(['ingest', 'read'], 'webhooks')).toBe(false);
    expect(SCOPES.some((need) => covers([], need))).toBe(false);
  });
});

describe('a route', () => {
  it.each<[string, Scope]>([
    ['GET', 'read'],
    ['HEAD', 'read'],
    ['POST', 'webhooks'],
    ['PATCH', 'webhooks'],
    ['DELETE', 'webhooks'],
    ['PUT', 'webhooks'],
  ])('%s takes %s, unless it says otherwise', (method, need) => {
    for (const scope of SCOPES) {
      expect(passes(door({ method }), caller([scope]))).toBe(covers([scope], need));
      expect(passes(door({ method, needs: 'ingest' }), caller([scope]))).toBe(covers([scope], 'ingest'));
    }
  });

  it('says which scope is missing, in its own words and in those of Singularity', () => {
    const { message, inSingularity } = refusalAt(door({ method: 'POST' }), caller(['read', 'ingest']))!;
    expect(message).toBe('ci has read, ingest, and this takes the scope webhooks: use a token that has it');
    expect(inSingularity).toBe('ci must be part of one or more groups: [webhooks, admin]');
    expect(refusalAt(door(), caller([]))?.message).toContain('ci has no scope, and');
  });
});

describe('a caller with an application', () => {
  const its = caller(['webhooks'], 'web');

  it('passes where the path names it, and where the route sees to it', () => {
    expect(passes(door({ forApplication: 'a', parameters: { a: 'web' } }), its)).toBe(true);
    expect(passes(door({ forApplication: '' }), its)).toBe(true);
  });

  it.each<Partial<Door>>([
    {},
    { parameters: { a: 'web' } },
    { forApplication: 'a', parameters: { a: 'Web' } },
    { forApplication: 'a', parameters: { a: 'web ' } },
    { forApplication: 'a', parameters: {} },
  ])('is refused at %j', (more) => {
    expect(refusalAt(door(more), its)?.message).toContain('ci is restricted to the application web');
  });

  it('needs the scope all the same', () => {
    expect(passes(door({ method: 'POST', forApplication: '' }), caller(['read'], 'web'))).toBe(false);
  });
});
