import type { Phases } from '../updates/outcome.js';

/**
 * Where the time of one exchange goes:
 *
 *     waiting ─┬─ dnsMillis ─► connectMillis ─► tlsMillis ─┬─► firstByteMillis ─► bodyMillis ─► stopped
 *              └───────── a connection that is kept ───────┘
 *
 * Any phase may be the last: the one that it stops in carries the time until then, so a failure shows where it happened.
 * What a phase took is counted once the next begins. Times are those of `performance.now()`.
 */
export class Stopwatch {
  private phase: keyof Phases | 'waiting' | 'stopped' = 'waiting';
  private since: number;
  private readonly phases: Phases = {};

  constructor(private readonly started: number) {
    this.since = started;
  }

  /** The wait for a connection that is kept is no phase: undici lets it rest for a turn of the event loop. */
  enter(phase: keyof Phases, now: number): void {
    // A connection may be made after the exchange that asked for it has ended.
    if (this.phase === 'stopped') return;
    if (this.phase !== 'waiting') this.phases[this.phase] = Math.round(now - this.since);
    this.phase = phase;
    this.since = now;
  }

  /** To be called once. Who waited to the end for a connection, but had none made, failed to connect. */
  stop(now: number): { durationMillis: number; phases: Phases } {
    if (this.phase === 'waiting') this.phase = 'connectMillis';
    this.enter('bodyMillis', now);
    this.phase = 'stopped';
    return { durationMillis: Math.round(now - this.started), phases: this.phases };
  }
}
