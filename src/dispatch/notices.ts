import type { Database, Sql } from '../database/database.js';
import { disableFailing } from '../queue/sql/auto-disable.js';
import { enqueue, type EnqueueLimits } from '../queue/sql/enqueue.js';
import {
  BATCH,
  forgetGone,
  keepFromItself,
  LANES_A_LOOK,
  noteHealth,
  readWatched,
  takeTurn,
  type HealthRules,
  type Noticed,
} from '../queue/sql/health-notices.js';
import type { Wake } from '../queue/wake.js';
import type { Outcome } from '../updates/outcome.js';
import type { Arrivals } from '../sources/arrivals.js';
import { readFacts } from '../updates/payload.js';
import type { Update } from '../updates/update.js';
import { nameOf, type HealthEvent, type LastOutcome, type WebhookHealth } from '../updates/webhook-health.js';
import type { DispatchEvents } from './events.js';

/** What the config says of it. A number of 0 or below turns its limit off. */
export interface NoticeLimits extends Pick<EnqueueLimits, 'origins' | 'idempotencyHours'> {
  checkWebhooksEveryMillis: number;
  deleteUndeliverableWebhooksAfterHours: number;
  disableFailingWebhooksAfterHours: number;
}

/** A receiver that is restarted is no news: what is told of has lasted for so many polls, be it good or bad. */
const STEADY_POLLS = 3;
const HOUR_MILLIS = 3_600_000;

/** Nobody asked for these: no limit of a request holds them back. */
const ANY_FAN_OUT = Number.MAX_SAFE_INTEGER;

/** What was told; null: another process tells. */
type Told = { noticed: Noticed[]; lanes: number[] } | null;

/**
 * Tells of the health of webhooks, in updates of the type WEBHOOK_HEALTH, and disables what has been failing for too long.
 * What is told, and that it was, is written in one transaction: whoever is killed has told all of it or nothing.
 */
export class Notices {
  private readonly rules: HealthRules;

  constructor(
    private readonly database: Database,
    private readonly wake: Wake,
    private readonly limits: NoticeLimits,
    private readonly events: DispatchEvents,
    private readonly arrivals: Pick<Arrivals, 'accepted'>,
  ) {
    const { checkWebhooksEveryMillis, deleteUndeliverableWebhooksAfterHours: hours } = limits;
    const maxAgeMillis = hours > 0 ? hours * HOUR_MILLIS : null;
    this.rules = { steadyMillis: checkWebhooksEveryMillis * STEADY_POLLS, maxAgeMillis };
  }

  /** To be called at each poll. */
  async tell(): Promise<void> {
    const watched = await readWatched(this.database, this.rules.steadyMillis);
    if (watched.length === 0) return;
    await this.disable();
    await forgetGone(this.database);
    for (let from = 0; from < watched.length; from += LANES_A_LOOK) {
      if (!(await this.tellOf(watched.slice(from, from + LANES_A_LOOK)))) return;
    }
  }

  /** Disabled by the statement itself: nobody can do it twice. */
  private async disable(): Promise<void> {
    const hours = this.limits.disableFailingWebhooksAfterHours;
    if (hours > 0) this.wake.changed(await disableFailing(this.database, hours));
  }

  /** Whether it was this process's turn. */
  private async tellOf(watched: readonly number[]): Promise<boolean> {
    for (;;) {
      const told = await this.database.transaction((sql) => this.tellSome(sql, watched));
      if (told === null) return false;
      this.wake.nudge(told.lanes);
      for (const one of told.noticed) this.count(one);
      if (told.noticed.length < BATCH) return true;
    }
  }

  private async tellSome(sql: Sql, watched: readonly number[]): Promise<Told> {
    if (!(await takeTurn(sql))) return null;
    const noticed = await noteHealth(sql, watched, this.rules);
    if (noticed.length === 0) return { noticed, lanes: [] };
    const told = noticed.flatMap((one) =>
      one.events.map((event) => ({ laneId: one.laneId, update: toUpdate(one, event) })),
    );
    const updates = told.map(({ update }) => update);
    const stored = await enqueue(sql, updates, { ...this.limits, maxFanOut: ANY_FAN_OUT });
    const lanes = told.map(({ laneId }) => laneId);
    await keepFromItself(sql, stored.ids, lanes);
    return { noticed, lanes: stored.lanes };
  }

  private count(noticed: Noticed): void {
    for (const event of noticed.events) {
      this.arrivals.accepted([{ type: 'WEBHOOK_HEALTH' }], 'hooktide');
      this.events.noticed(noticed, event);
    }
  }
}

function toUpdate(facts: Noticed, event: HealthEvent): Update {
  const health: WebhookHealth = {
    webhookId: nameOf(facts.webhookId),
    webhookType: facts.webhookType,
    event,
    at: facts.at.toISOString(),
    failingSince: toIso(facts.failingSince),
    pausedAt: toIso(facts.pausedAt),
    disabledAt: toIso(facts.disabledAt),
    disabledReason: facts.disabledReason,
    lastSuccessAt: toIso(facts.lastSuccessAt),
    oldestUpdateAt: toIso(facts.oldestUpdateAt),
    dropsFrom: toIso(facts.dropsFrom),
    waiting: facts.waiting,
    successRate: facts.successRate,
    lastOutcome: facts.lastOutcome && toLastOutcome(facts.lastOutcome),
  };
  return { type: 'WEBHOOK_HEALTH', payload: JSON.stringify(health), ...readFacts('WEBHOOK_HEALTH', health, 'payload') };
}

function toLastOutcome({ reason, status, detail }: Outcome): LastOutcome {
  return { reason, status: status ?? null, detail };
}

function toIso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
