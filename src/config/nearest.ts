import { distance } from 'fastest-levenshtein';

const lastOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1);

/** The key that was most likely meant: alike as a whole, or of the same name in another section (`port` → `server.port`). */
export function nearest(written: string, keys: Iterable<string>): string {
  let best = '';
  let bestScore = Infinity;
  for (const key of keys) {
    const score = Math.min(distance(written, key), distance(lastOf(written), lastOf(key)) + 0.5);
    if (score < bestScore) [best, bestScore] = [key, score];
  }
  return best;
}
