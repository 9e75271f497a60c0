import type { StoredEvent } from '../stored-event.js';

/** What became of one try to send events. A receiver's fault is none of ours: it is a value. */
export type Sent =
  /** They were taken, or given up aloud. `note` is kept with that. */
  | { isSettled: true; note: unknown }
  /** `restMillis`: what the receiver asked for; null: nothing. */
  | { isSettled: false; why: string; restMillis: number | null };

/** Where events go. */
export interface Target {
  /** How many events it takes at once. */
  readonly most: number;
  /** `note` is what the events before these have left. Never throws. */
  send(events: readonly StoredEvent[], note: unknown, signal: AbortSignal): Promise<Sent>;
  /** What events leave that are given up unsent. */
  skip(events: readonly StoredEvent[], note: unknown): unknown;
  close(): void;
}
