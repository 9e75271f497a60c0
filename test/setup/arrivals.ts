import type { Received } from './receivers.js';
import { numberOf, requestOf } from './updates.js';

/** What went wrong on the way from accepted to received, judged on first arrivals. */
export interface Judgement {
  lost: string[];
  outOfOrder: string[];
  duplicates: number;
}

/**
 * Compares what receivers saw with what was accepted: for each path, the numbers 1 to `count` of each request, in
 * order.
 */
export function judgeArrivals(
  requests: readonly Received[],
  paths: readonly string[],
  ids: readonly string[],
  count: number,
): Judgement {
  const lanes = new Map<string, number[]>();
  let duplicates = 0;
  const seen = new Set<string>();
  for (const { path, body } of requests) {
    const lane = `${path} ${requestOf(body)}`;
    const key = `${lane} ${numberOf(body)}`;
    if (seen.has(key)) duplicates += 1;
    else lanes.set(lane, [...(lanes.get(lane) ?? []), numberOf(body)]);
    seen.add(key);
  }
  const expected = paths.flatMap((path) => ids.map((id) => `${path} ${id}`));
  const outOfOrder = [...lanes].filter(([, numbers]) => numbers.some((n, i) => i > 0 && n < (numbers[i - 1] ?? 0)));
  return {
    lost: expected.filter((lane) => lanes.get(lane)?.length !== count),
    outOfOrder: outOfOrder.map(([lane, numbers]) => `${lane}: ${numbers.join(' ')}`),
    duplicates,
  };
}
