import { setTimeout as pause } from 'node:timers/promises';
import type { Queue } from '../queue/queue.js';
import type { DropFrom, Dropped, DropReason } from '../queue/sql/drop.js';
import type { LaneHealth } from '../queue/sql/health.js';
import type { Delivery } from '../queue/sql/read.js';
import type { Result } from '../queue/sql/settle.js';
import type { Outcome } from '../updates/outcome.js';
import type { DispatchEvents } from './events.js';
import type { Lane } from './lane.js';
import type { Verdict } from './policy.js';

/** An attempt that is over, to be written down. */
export interface Attempted {
  lane: Lane;
  /** The lane's, when it landed. */
  revision: number;
  delivery: Delivery;
  outcome: Outcome;
  verdict: Verdict;
}

const RETRY_MILLIS = 500;
/** A busy process gathers so long, or so many: a statement costs the same for one result as for a hundred. */
const GATHER_MILLIS = 15;
const ENOUGH_RESULTS = 500;

/**
 * Writes down how attempts ended, in batches: while one is on its way to Postgres the next gathers, so a busy process
 * writes large batches and an idle one writes at once. A batch that fails is tried again until it is written: what was
 * delivered must not be forgotten.
 */
export class Settler {
  private batch: Attempted[] = [];
  private running: Promise<void> | null = null;
  private giveUp = new AbortController();

  constructor(
    private readonly queue: Queue,
    private readonly events: DispatchEvents,
    private readonly onSettled: (attempts: readonly Attempted[], mine: ReadonlySet<number>) => void,
  ) {}

  add(attempted: Attempted): void {
    this.batch.push(attempted);
    this.running ??= this.run().finally(() => (this.running = null));
  }

  /** Resolves when all that was added is written down, or after `timeoutMillis`. */
  async finish(timeoutMillis: number): Promise<void> {
    const timer = setTimeout(() => this.giveUp.abort(), timeoutMillis);
    while (this.running) await this.running;
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    while (this.batch.length > 0 && !this.giveUp.signal.aborted) {
      const attempts = this.batch;
      this.batch = [];
      const lanes = new Set(attempts.map(({ lane }) => lane));
      const news = [...lanes].map((lane) => lane.takeHealth(performance.now())).filter((h) => h !== null);
      const mine = await this.untilWritten(() => this.settle(attempts, lanes, news));
      if (mine) this.onSettled(attempts, mine);
      if (this.batch.length > 0 && this.batch.length < ENOUGH_RESULTS) await pause(GATHER_MILLIS);
    }
  }

  private async untilWritten<T>(write: () => Promise<T>): Promise<T | null> {
    while (!this.giveUp.signal.aborted) {
      try {
        return await write();
      } catch (error) {
        this.events.databaseFailed('settle', error);
        await pause(RETRY_MILLIS);
      }
    }
    return null;
  }

  private async settle(
    attempts: readonly Attempted[],
    lanes: ReadonlySet<Lane>,
    news: readonly LaneHealth[],
  ): Promise<ReadonlySet<number>> {
    const startedAt = performance.now();
    const delivered = attempts.filter((a) => a.verdict.delivery === 'delivered');
    const failed = attempts.filter((a) => a.verdict.delivery !== 'delivered');
    const mine = await this.queue.settle(delivered.map(toResult), failed.map(toResult));
    await this.drop(failed.filter((a) => mine.has(a.lane.id)));
    if (news.length > 0) {
      const written = new Map((await this.queue.writeHealth(news)).map((row) => [`${row.id} ${row.fence}`, row]));
      for (const lane of lanes) {
        const row = written.get(`${lane.id} ${lane.fence}`);
        if (row?.revision === lane.revision) lane.noteFailing(row.failingMillis, performance.now());
      }
    }
    const verdicts = { delivered: 0, retry: 0, drop: 0 };
    for (const { lane, verdict } of attempts) if (mine.has(lane.id)) verdicts[verdict.delivery] += 1;
    this.events.settled(verdicts, performance.now() - startedAt);
    return mine;
  }

  /** Carries out what the verdicts say of age and cap. */
  private async drop(failed: readonly Attempted[]): Promise<void> {
    for (const reason of ['over_age', 'attempts_exhausted', 'too_large'] as const) {
      const doomed = failed.filter((a) => a.verdict.dropReason === reason);
      if (doomed.length > 0) {
        this.events.dropped(await this.queue.dropTried(doomed.map(toResult), reason), reason, null);
      }
    }
    const landed = new Set(failed.map(({ delivery }) => delivery.id));
    const attempts = [...oneOfEachLane(failed)];
    // Not before all of them know of it.
    const dropped = Promise.resolve().then(() => this.dropBehind(attempts, landed));
    await Promise.all([dropped, ...attempts.map(({ lane }) => lane.whileDropping(() => dropped))]);
  }

  /** Carries out what the verdicts say of whole lanes. */
  private async dropBehind(attempts: readonly Attempted[], landed: ReadonlySet<number>): Promise<void> {
    const from = ({ lane, revision, outcome }: Attempted, most: number | null): DropFrom[] => {
      const inFlight = [...lane.backlog.unsettled].filter((id) => !landed.has(id));
      return most === null ? [] : [{ laneId: lane.id, fence: lane.fence, revision, inFlight, outcome, most }];
    };
    const aged = attempts.flatMap((attempt) => from(attempt, attempt.verdict.maxAgeMillis));
    if (aged.length > 0) this.tellDropped(attempts, await this.queue.dropOverAge(aged), 'over_age');
    const capped = attempts.flatMap((attempt) => from(attempt, attempt.verdict.keepNewest));
    if (capped.length > 0) this.tellDropped(attempts, await this.queue.dropBeyondCap(capped), 'over_cap');
  }

  private tellDropped(attempts: readonly Attempted[], dropped: readonly Dropped[], reason: DropReason): void {
    for (const { lane } of attempts) {
      const its = dropped.filter(({ laneId }) => laneId === lane.id);
      this.events.dropped(its, reason, lane.webhookId);
    }
  }
}

/**
 * Of each lane that has to drop, the attempt that says most: of one that fails to a rhythm of its own many land at once,
 * and all others would wait for as many statements.
 */
function oneOfEachLane(failed: readonly Attempted[]): Iterable<Attempted> {
  const found = new Map<Lane, Attempted>();
  for (const attempt of failed) {
    const { maxAgeMillis, keepNewest } = attempt.verdict;
    if (keepNewest !== null || (maxAgeMillis !== null && !found.has(attempt.lane))) found.set(attempt.lane, attempt);
  }
  return found.values();
}

function toResult({ lane, revision, delivery, outcome, verdict }: Attempted): Result {
  const attempts = delivery.attempts + 1;
  const refusals = delivery.refusals + Number(verdict.refusal);
  const { retryInMillis } = verdict;
  const { id, update } = delivery;
  const { updateId } = update;
  return { laneId: lane.id, fence: lane.fence, revision, id, updateId, outcome, attempts, refusals, retryInMillis };
}
