import { AN_ENTRY, readEntry, type Entry } from '../config/egress-entry.js';

/** A webhook's own narrowing: one of these has to name where it goes (`policy.ts`). Null: it has none. */
export type OnlyTo = readonly Entry[] | null;

/** What is wrong with an entry of a webhook's `onlyTo`, to be read behind its path; null: nothing. */
export function onlyToProblem(text: string): string | null {
  return readEntry(text) === null ? ` is none of what it can be: write ${AN_ENTRY}` : null;
}

/** Of entries that were checked when they were written: one that can't be read after all lets nothing through. */
export function narrowingOf(texts: readonly string[] | null): OnlyTo {
  return texts && texts.map(readEntry).filter((entry) => entry !== null);
}
