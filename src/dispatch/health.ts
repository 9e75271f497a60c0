import type { ClaimedLane } from '../queue/sql/claim.js';
import type { LaneHealth } from '../queue/sql/health.js';
import type { Verdict } from './policy.js';

/** Health that only says "still well" is written so often. */
const SUCCESS_EVERY_MILLIS = 60_000;

/** What the attempts of a lane say about its receiver: kept here while the lane is held, and written down as it changes. */
export class Health {
  /** Since the last success: none, one, or two of two or more. */
  private failedSubjects: string[];
  /** By the process' own clock, like all times here; null: it isn't failing. */
  private failingSince: number | null;
  /** Until when the receiver wants to be left alone. */
  private restUntil: number | null = null;
  private gone = false;
  private succeeded = false;
  private hasChanged = false;
  private successWrittenAt: number;

  constructor(
    { failedSubjects, failingMillis, answered }: Pick<ClaimedLane, 'failedSubjects' | 'failingMillis' | 'answered'>,
    now: number,
  ) {
    this.failedSubjects = failedSubjects;
    this.failingSince = failingMillis === null ? null : now - failingMillis;
    this.successWrittenAt = answered ? now : -Infinity;
  }

  failingMillis(now: number): number | null {
    return this.failingSince === null ? null : now - this.failingSince;
  }

  /** Whether two or more subjects have failed since the last success, counting one that fails now. */
  severalFailWith(subject: string): boolean {
    return this.failedSubjects.some((failed) => failed !== subject);
  }

  succeed(isProbe: boolean): void {
    this.hasChanged ||= isProbe || this.failedSubjects.length > 0 || this.successWrittenAt === -Infinity;
    this.succeeded = true;
    this.failedSubjects = [];
    this.failingSince = null;
  }

  fail(subject: string, { restMillis, gone }: Verdict, now: number): void {
    this.hasChanged = true;
    if (this.failedSubjects.length < 2 && !this.failedSubjects.includes(subject)) {
      this.failedSubjects = [...this.failedSubjects, subject];
    }
    if (restMillis !== null) this.restUntil = Math.max(this.restUntil ?? 0, now + restMillis);
    this.gone ||= gone;
  }

  /** What is to be written down; null when nothing has changed. */
  take(now: number): Omit<LaneHealth, 'id' | 'fence' | 'revision'> | null {
    const isStillWell = this.succeeded && now - this.successWrittenAt > SUCCESS_EVERY_MILLIS;
    if (!this.hasChanged && !isStillWell) return null;
    const { failedSubjects, succeeded, gone } = this;
    const restMillis = this.restUntil === null ? null : Math.max(0, this.restUntil - now);
    if (succeeded) this.successWrittenAt = now;
    this.hasChanged = this.succeeded = this.gone = false;
    this.restUntil = null;
    return { failedSubjects, succeeded, restMillis, gone };
  }

  /** Takes note of what Postgres makes of it. */
  noteFailing(failingMillis: number | null, now: number): void {
    this.failingSince = failingMillis === null ? null : now - failingMillis;
  }
}
