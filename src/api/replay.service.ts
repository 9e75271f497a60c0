import { Injectable } from '@nestjs/common';
import type { Actor, Entry } from '../database/audit.js';
import { ConflictError, InvalidInputError, NotFoundError } from '../errors/errors.js';
import { Jobs } from '../queue/jobs.js';
import { Queue, type Replayed } from '../queue/queue.js';
import type { DeadLetterFilter } from '../queue/sql/dead-letters.js';
import type { JobTask } from '../queue/sql/job.js';
import type { DeliveredFilter } from '../queue/sql/replay.js';
import { ALL_IDS } from '../queue/sql/update-ids.js';
import { Log } from '../telemetry/log.js';
import { readBody } from './body.js';
import { byFilter } from './by-filter.js';
import { DeliveriesService } from './deliveries.service.js';
import { rangeOf, readFilter } from './filter.js';

const DELIVERED = ['webhookId', 'updateId', 'requestId', 'type', 'since', 'until'] as const;
const DROPPED = [...DELIVERED, 'reason'] as const;
const ID = /^\d{1,15}$/;
/** More is for a job. */
export const MOST_AT_ONCE = 10_000;

const ANY = { webhookId: null, updateId: null, requestId: null, type: null, updates: ALL_IDS };

/** The answer to the replay of one. */
export interface ReplayedOne {
  replayed: 1;
  /** The new delivery. */
  deliveryId: number;
}

/** The answer to a replay by filter. */
export type ReplayedMany = Pick<Replayed, 'replayed' | 'skipped'>;

export interface Discarded {
  discarded: number;
}

/** Sends again what was dropped or delivered, and discards what was dropped. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly queue: Queue,
    private readonly deliveries: DeliveriesService,
    private readonly jobs: Jobs,
    private readonly log: Log,
  ) {}

  /** @throws NotFoundError, ConflictError */
  async replayDeadLetter(id: string, by: Actor): Promise<ReplayedOne> {
    const entry: Entry = { by, action: 'dead_letter.replayed', target: id };
    return this.one(id, await this.queue.replayDropped(deadLetter(id), entry));
  }

  /** @throws InvalidInputError */
  async replayDeadLetters(body: Buffer | undefined, query: object, by: Actor): Promise<ReplayedMany> {
    const given = readRequest(body, query);
    const wanted = droppedIn(given);
    await this.refuseTooMany({ kind: 'replay', what: 'dead_letters', wanted });
    const entry = byFilter(by, 'dead_letter.replayed', given);
    return this.many(given, await this.queue.replayDropped(wanted, entry));
  }

  /** @throws NotFoundError, ConflictError */
  async replayDelivery(id: string, by: Actor): Promise<ReplayedOne> {
    const delivery = await this.deliveries.find(id);
    if (delivery.state === 'waiting') {
      throw new ConflictError(
        'still_waiting',
        `Delivery ${id} still waits: it is tried again, until it arrives or is dropped`,
      );
    }
    if (delivery.state === 'dropped') return this.replayDeadLetter(id, by);
    const filter: DeliveredFilter = { ...ANY, delivery: { laneId: delivery.laneId, id: delivery.id } };
    return this.one(id, await this.queue.replayDelivered(filter, { by, action: 'delivery.replayed', target: id }));
  }

  /** @throws InvalidInputError */
  async replayDeliveries(body: Buffer | undefined, query: object, by: Actor): Promise<ReplayedMany> {
    const given = readRequest(body, query);
    const wanted = deliveredIn(given);
    await this.refuseTooMany({ kind: 'replay', what: 'deliveries', wanted });
    const entry = byFilter(by, 'delivery.replayed', given);
    return this.many(given, await this.queue.replayDelivered(wanted, entry));
  }

  /** @throws NotFoundError */
  async discardDeadLetter(id: string, by: Actor): Promise<void> {
    const entry: Entry = { by, action: 'dead_letter.discarded', target: id };
    const discarded = await this.queue.discard(deadLetter(id), entry);
    if (discarded === 0) throw unknown(id);
    this.log.info('dead_letter.discarded', { discarded, delivery: Number(id) });
  }

  /** @throws InvalidInputError */
  async discardDeadLetters(body: Buffer | undefined, query: object, by: Actor): Promise<Discarded> {
    const given = readRequest(body, query);
    const wanted = droppedIn(given);
    await this.refuseTooMany({ kind: 'discard', what: 'dead_letters', wanted });
    const discarded = await this.queue.discard(wanted, byFilter(by, 'dead_letter.discarded', given));
    this.log.info('dead_letter.discarded', { discarded, filter: given });
    return { discarded };
  }

  /** A caller doesn't wait for so many, and its proxy even less. */
  private async refuseTooMany(task: JobTask): Promise<void> {
    const counted = await this.jobs.count(task, MOST_AT_ONCE);
    if (counted?.isExact) return;
    throw new InvalidInputError(
      'body',
      `body names more than one request does (${MOST_AT_ONCE}): narrow the filter, or have a job do it: POST /api/jobs`,
    );
  }

  private one(id: string, { replayed, skipped, deliveryId }: Replayed): ReplayedOne {
    if (skipped > 0) {
      throw new ConflictError('webhook_deleted', `The webhook of ${id} is deleted: register it again, then replay`);
    }
    if (deliveryId === null) throw unknown(id);
    this.log.info('delivery.replayed', { replayed, skipped, delivery: Number(id), as: deliveryId });
    return { replayed: 1, deliveryId };
  }

  private many(filter: object, { replayed, skipped }: Replayed): ReplayedMany {
    this.log.info('delivery.replayed', { replayed, skipped, filter });
    return { replayed, skipped };
  }
}

/** A filter that stands in the query would be none, and none means all. */
export function readRequest(body: Buffer | undefined, query: object): Record<string, unknown> {
  const [name] = Object.keys(query);
  if (name !== undefined) throw new InvalidInputError(name, `${name}: write it in the body, as JSON`);
  return readBody(body);
}

function deadLetter(id: string): DeadLetterFilter {
  if (!ID.test(id)) throw unknown(id);
  return { ...ANY, reason: null, id: Number(id) };
}

/** The dead letters that a filter names. @throws InvalidInputError */
export function droppedIn(given: Record<string, unknown>): DeadLetterFilter {
  const filter = readFilter(given, DROPPED);
  return { ...filter, id: null, updates: rangeOf(filter) };
}

/** The delivered deliveries that a filter names. @throws InvalidInputError */
export function deliveredIn(given: Record<string, unknown>): DeliveredFilter {
  const filter = readFilter(given, DELIVERED);
  if (Object.keys(given).length > 0) return { ...filter, delivery: null, updates: rangeOf(filter) };
  throw new InvalidInputError('body', `body names nothing: write at least one of ${DELIVERED.join(', ')}`);
}

function unknown(id: string): NotFoundError {
  return new NotFoundError(
    'delivery',
    `No dead letter has the id ${id}: it was replayed, discarded or forgotten, or never was`,
  );
}
