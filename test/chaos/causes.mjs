// Why a delivery arrived again although its receiver had answered with success: something came between the answer and
// its commit. Pure.

/** @import { Arrival, Event, Trace } from './oracle.mjs' */

/** What is over goes on being felt: connections come back, leases run out, what was under way arrives. */
const AFTERMATH_MILLIS = 5_000;

/** A line of a log may be read after what followed it has arrived. */
const READ_LATE_MILLIS = 1_000;

/** Whoever goes on after these ends what it was sending, one delivery of each subject, and begins no other. */
const STANDSTILLS = new Set(['stopped', 'lease lost']);

const outlives = (kind) => STANDSTILLS.has(kind) || kind.startsWith('connections ');

/** What a process says of an attempt whose answer it did not see whole. */
const UNSEEN = new Set(['timeout', 'body_timeout', 'connection_reset', 'cut_short', 'network']);

export class Causes {
  /** The subjects whose one delivery is accounted for, by event. @type {Map<Event, Set<string>>} */
  #ended = new Map();

  /** @param {Pick<Trace, 'events' | 'failures'>} trace */
  constructor({ events, failures }) {
    this.events = events;
    this.failures = new Map();
    for (const failure of failures.filter(({ reason }) => UNSEEN.has(reason))) {
      const name = `${failure.target} ${failure.updateId}`;
      this.failures.set(name, [...(this.failures.get(name) ?? []), failure]);
    }
  }

  /**
   * @param {Arrival} acked
   * @param {Arrival} again a later one of the same delivery
   * @param {string} subject what the target orders it by
   * @returns {string | null} the cause; null: nothing explains it
   */
  of(acked, again, subject) {
    const failures = this.failures.get(`${acked.target} ${acked.updateId}`) ?? [];
    const failure = failures.find(({ at }) => at >= acked.at && at <= again.at + READ_LATE_MILLIS);
    if (failure) return `attempt ended as ${failure.reason}`;
    const between = this.events.filter((event) => isBetween(event, acked, again));
    const event =
      between.find((event) => isUnwritten(event, acked)) ??
      between.find((event) => this.#isLate(event, acked, again, subject));
    return event?.kind ?? null;
  }

  /** It, or the other, was under way when its process came to a standstill, or lost its lanes for want of Postgres. */
  #isLate(event, acked, again, subject) {
    if (!outlives(event.kind) || (event.process !== again.process && event.process !== acked.process)) return false;
    const ended = this.#ended.get(event) ?? new Set();
    const name = `${again.target} ${subject}`;
    if (ended.has(name)) return false;
    this.#ended.set(event, ended.add(name));
    return true;
  }
}

/** @param {Event} event */
const isBetween = ({ target, from, to }, acked, again) =>
  (target === null || target === acked.target) &&
  from <= again.at &&
  (to === null || to + AFTERMATH_MILLIS >= acked.at);

/** It came to all, or to the process that sent it first: before that had written down what came of it. */
const isUnwritten = ({ kind, process, to }, acked) => {
  if (process === null) return true;
  return process === acked.process && (!STANDSTILLS.has(kind) || to === null || acked.at <= to);
};
