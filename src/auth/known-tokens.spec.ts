import { beforeEach, describe, expect, it } from 'vitest';
import { KnownTokens, type Admitted } from './known-tokens.js';

const good = (leftMillis = Infinity): Admitted => ({
  caller: { name: 'ci', kind: 'token', scopes: ['read'], application: null },
  id: 1,
  leftMillis,
});

let now: number;
let known: KnownTokens;
beforeEach(() => {
  now = 5_000;
  known = new KnownTokens(() => now, 2);
});
const put = (key: string, found: Admitted | null) => known.put(key, found, known.generation);

describe('what is known of tokens', () => {
  it('is fresh for ten seconds', () => {
    put('a', good());
    put('b', null);
    now += 9_999;
    expect([known.get('a')?.isFresh, known.get('b')?.isFresh]).toEqual([true, true]);
    now += 1;
    expect(known.get('a')).toEqual({ found: good(), isFresh: false });
    expect(known.get('b')).toEqual({ found: null, isFresh: false });
    expect(known.get('c')).toBeUndefined();
  });

  it('is fresh no longer than the token is good', () => {
    put('a', good(500));
    now += 499;
    expect(known.get('a')?.isFresh).toBe(true);
    now += 1;
    expect(known.get('a')?.isFresh).toBe(false);
  });

  it('is stale after a revocation, and so is what was asked for before it', () => {
    put('a', good());
    const before = known.generation;
    known.outdate();
    known.put('b', good(), before);
    expect([known.get('a')?.isFresh, known.get('b')?.isFresh]).toEqual([false, false]);
    put('a', good());
    expect(known.get('a')?.isFresh).toBe(true);
  });

  it('is bounded, and no wrong token pushes a good one out', () => {
    put('good', good());
    for (const key of ['x', 'y', 'z']) put(key, null);
    expect(known.get('x')).toBeUndefined();
    expect([known.get('good')?.isFresh, known.get('z')?.isFresh]).toEqual([true, true]);
    for (const key of ['a', 'b']) put(key, good());
    expect(known.get('good')).toBeUndefined();
  });

  it('changes: a good one may become none', () => {
    put('a', good());
    put('a', null);
    expect(known.get('a')).toEqual({ found: null, isFresh: true });
  });
});
