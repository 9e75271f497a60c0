import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeBatch } from './batch.js';

const one = (group: string, bytes = 1) => ({ entry: { group, bytes } });
const many = (count: number, bytes = 1) => Array.from({ length: count }, (_, i) => one(`g${i}`, bytes));
const none: ReadonlySet<string> = new Set();

describe('takeBatch', () => {
  it.each([
    [0, 0],
    [1, 1],
    [9, 9],
    [10, 10],
    [11, 10],
  ])('of %d takes %d', (count, taken) => {
    const { batch, rest } = takeBatch(many(count), none);
    expect(batch).toHaveLength(taken);
    expect(rest).toHaveLength(count - taken);
  });

  it.each([
    [262_143, 1],
    [262_144, 1],
    [131_072, 2],
    [131_073, 1],
  ])('of entries of %d bytes takes %d', (bytes, taken) => {
    expect(takeBatch(many(3, bytes), none).batch).toHaveLength(taken);
  });

  it('fills the room that a large one leaves with smaller ones', () => {
    const [large, tooLarge, small] = [one('a', 200_000), one('b', 100_000), one('c', 62_144)];
    expect(takeBatch([large, tooLarge, small], none)).toEqual({ batch: [large, small], rest: [tooLarge] });
  });

  it('takes one of a group, the first, and none of a group that is under way', () => {
    const [a1, b1, a2, c1] = [one('a'), one('b'), one('a', 2), one('c')];
    expect(takeBatch([a1, b1, a2, c1], new Set(['b']))).toEqual({ batch: [a1, c1], rest: [b1, a2] });
  });

  it('lets a small one not overtake a large one of its group', () => {
    const [large, tooLarge, small] = [one('a', 200_000), one('b', 100_000), one('b', 1)];
    expect(takeBatch([large, tooLarge, small], none)).toEqual({ batch: [large], rest: [tooLarge, small] });
  });

  it('in the end takes all, each group in its order', () => {
    const waiting = fc.array(fc.record({ group: fc.constantFrom('a', 'b', 'c'), bytes: fc.integer({ max: 262_144 }) }));
    fc.assert(
      fc.property(waiting, (entries) => {
        let rest = entries.map((entry) => ({ entry }));
        const taken: typeof rest = [];
        while (rest.length > 0) {
          const next = takeBatch(rest, none);
          expect(next.batch.length).toBeGreaterThan(0);
          taken.push(...next.batch);
          ({ rest } = next);
        }
        for (const group of ['a', 'b', 'c']) {
          const ofGroup = (entry: { group: string }) => entry.group === group;
          expect(taken.map(({ entry }) => entry).filter(ofGroup)).toEqual(entries.filter(ofGroup));
        }
      }),
    );
  });
});
