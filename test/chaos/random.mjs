// Chance that can be repeated: the same seed, the same numbers (mulberry32, https://github.com/bryc/code).
import { createHash } from 'node:crypto';

/**
 * @typedef {object} Random
 * @property {() => number} next at least 0, less than 1
 * @property {(min: number, max: number) => number} whole both ends included
 * @property {<T>(list: readonly T[]) => T} pick
 * @property {(share: number) => boolean} chance
 * @property {<T>(list: readonly T[]) => T[]} shuffle a copy
 */

/** @returns {Random} */
export function createRandom(...seed) {
  let state = createHash('sha256').update(seed.join(' ')).digest().readUInt32LE(0);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (min, max) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    whole,
    pick: (list) => list[whole(0, list.length - 1)],
    chance: (share) => next() < share,
    shuffle(list) {
      const copy = [...list];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = whole(0, last);
        [copy[last], copy[other]] = [copy[other], copy[last]];
      }
      return copy;
    },
  };
}
