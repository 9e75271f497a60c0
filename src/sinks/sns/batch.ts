import { MOST_BYTES, type Entry } from './entry.js';

/** SNS takes no more in one call. */
export const MOST_ENTRIES = 10;

/**
 * Which of the waiting leave next, in their order. One entry a group, and none of a group that is under way: a batch may
 * fail in part, and what comes later in a group must not overtake what failed. What is too large for the room that is left
 * waits, and smaller ones of other groups go before it; the first of a free group always leaves, so none waits for ever.
 */
export function takeBatch<T extends { entry: Pick<Entry, 'bytes' | 'group'> }>(
  waiting: readonly T[],
  underWay: ReadonlySet<string>,
): { batch: T[]; rest: T[] } {
  const batch: T[] = [];
  const rest: T[] = [];
  const seen = new Set<string>();
  let room = MOST_BYTES;
  for (const one of waiting) {
    const { bytes, group } = one.entry;
    const isFree = !underWay.has(group) && !seen.has(group);
    seen.add(group);
    if (isFree && batch.length < MOST_ENTRIES && bytes <= room) {
      batch.push(one);
      room -= bytes;
    } else {
      rest.push(one);
    }
  }
  return { batch, rest };
}
