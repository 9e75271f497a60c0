/** Ids of updates begin with the time of acceptance (see hooktide.new_update_id): a time is a bound among them. */
export interface IdRange {
  /** The first id that belongs. */
  from: string;
  /** The first id beyond. */
  before: string;
}

export const ALL_IDS: IdRange = { from: idAt('000000000000', '0'), before: idAt('ffffffffffff', 'f') };

/** The lowest id that an update accepted at this time, in epoch milliseconds, can have. */
export function firstIdAt(millis: number): string {
  return idAt(Math.max(millis, 0).toString(16).padStart(12, '0'), '0');
}

function idAt(hex: string, fill: string): string {
  const [four, twelve] = [fill.repeat(4), fill.repeat(12)];
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${four}-${four}-${twelve}`;
}

/**
 * The ids of the updates that a text names, by Hooktide's id or by the client's. Two look-ups, for one with OR would
 * need the bitmaps which the queue does without.
 * @param text an expression
 */
export const named = (text: string): string => `ARRAY(
    SELECT id FROM hooktide.update
    WHERE id = CASE WHEN ${text} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN ${text}::uuid END
    UNION ALL SELECT id FROM hooktide.update WHERE client_id = ${text})`;
