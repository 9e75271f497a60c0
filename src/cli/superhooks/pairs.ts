export interface Pairs {
  pairs: ReadonlyMap<string, string>;
  /** Items that are no pair, as they were written. */
  dropped: readonly string[];
}

/**
 * Reads `-d` and `-H`: items between `^^`, from the left; an item is a key and a value around `^`, and anything else is
 * dropped (contract of superhooks, §3). A later key replaces the value of an earlier one, in its place.
 */
export function readPairs(text: string): Pairs {
  const pairs = new Map<string, string>();
  const dropped: string[] = [];
  for (const item of text.split('^^')) {
    const [key, value, ...more] = item.split('^');
    if (key !== undefined && value !== undefined && more.length === 0) pairs.set(key, value);
    else if (item !== '') dropped.push(item);
  }
  return { pairs, dropped };
}
