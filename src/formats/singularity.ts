import type { Formattable, Formatted } from './format.js';

// Shared, because this is the hot path: one object a delivery is enough.
const NO_HEADERS: Record<string, string> = Object.freeze({});

/** The payload, byte for byte, as Singularity sends it: contract §3 (no envelope) and §5 (no charset). */
export function toSingularity(update: Formattable): Formatted {
  return { contentType: 'application/json', headers: NO_HEADERS, body: update.payload };
}
