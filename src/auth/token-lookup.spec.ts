import { describe, expect, it } from 'vitest';
import { Brake } from './brake.js';
import { digestOf } from './credential.js';
import { TokenLookup } from './token-lookup.js';
import type { LivingToken } from './token.repository.js';

const token = (text: string): LivingToken => ({
  id: 1,
  name: text,
  hash: digestOf(text),
  scopes: ['read'],
  application: null,
  leftMillis: null,
});
const nothing = (): void => undefined;

describe('a look-up of tokens', () => {
  it('asks one question at a time, for all who wait', async () => {
    const asked: number[] = [];
    const lookup = new TokenLookup(async (digests) => {
      asked.push(digests.length);
      return [token('7')];
    });
    const found = Array.from({ length: 250 }, (_, n) => lookup.find(digestOf(String(n)), nothing, nothing));
    expect((await Promise.all(found)).map((one) => one?.name ?? null).filter(Boolean)).toEqual(['7']);
    expect(asked).toEqual([1, 100, 100, 49]);
    expect(await lookup.find(digestOf('7'), nothing, nothing)).toMatchObject({ name: '7' });
  });

  it('asks for none of an address that has become slow meanwhile', async () => {
    const brake = new Brake(() => 0);
    let asked = 0;
    const lookup = new TokenLookup(async (digests) => {
      asked += digests.length;
      return [];
    });
    const check = () => {
      if (brake.waitMillis('a') > 0) throw new Error('slow');
    };
    const guesses = Array.from({ length: 1_000 }, (_, n) =>
      lookup.find(digestOf(String(n)), check, () => void brake.failed('a')),
    );
    const ended = await Promise.allSettled(guesses);
    expect(asked).toBe(101);
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(899);
  });

  it('tells all who wait when the database is away, and asks again for the next', async () => {
    let isAway = true;
    const lookup = new TokenLookup(async () => {
      if (isAway) throw new Error('away');
      return [token('a')];
    });
    const both = ['a', 'b'].map((text) => lookup.find(digestOf(text), nothing, nothing));
    for (const one of await Promise.allSettled(both)) expect(one).toMatchObject({ reason: new Error('away') });
    isAway = false;
    expect(await lookup.find(digestOf('a'), nothing, nothing)).toMatchObject({ name: 'a' });
  });
});
