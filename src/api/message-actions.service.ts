import { Injectable } from '@nestjs/common';
import type { Actor, Entry } from '../database/audit.js';
import { ConflictError, InvalidInputError } from '../errors/errors.js';
import { Lookups } from '../queue/lookups.js';
import { Queue, type Replayed } from '../queue/queue.js';
import { BATCH } from '../queue/sql/delete-messages.js';
import { ALL_IDS, firstIdAt } from '../queue/sql/update-ids.js';
import { Log } from '../telemetry/log.js';
import { byFilter } from './by-filter.js';
import { Clocks } from './clocks.js';
import { rangeOf, readFilter } from './filter.js';
import { MessagesService, NAMED_BY } from './messages.service.js';
import { readRequest, type ReplayedOne } from './replay.service.js';

const FAILED = ['group', 'tag', 'uri', 'since', 'until'] as const;
const ANY = { id: null, webhookId: null, reason: null, updateId: null, requestId: null, updates: ALL_IDS };

/** The answer to the replay of failed messages. */
export type ReplayedMessages = Pick<Replayed, 'replayed'>;

export interface DeletedMessages {
  deleted: number;
}

/** Sends direct messages again, and deletes them. */
@Injectable()
export class MessageActionsService {
  constructor(
    private readonly queue: Queue,
    private readonly lookups: Lookups,
    private readonly messages: MessagesService,
    private readonly clocks: Clocks,
    private readonly log: Log,
  ) {}

  /** One that failed or is finished. @throws NotFoundError, ConflictError */
  async replay(id: string, by: Actor): Promise<ReplayedOne> {
    const { jobId, state, laneId, id: delivery, webhookId } = await this.messages.find(id);
    if (state === 'waiting') {
      throw new ConflictError('still_waiting', `Message ${id} still waits: it is tried until it is finished or failed`);
    }
    const entry: Entry = { by, action: 'message.replayed', target: jobId };
    const { deliveryId, skipped } =
      state === 'dropped'
        ? await this.queue.replayDropped({ ...ANY, type: 'MESSAGE', id: delivery }, entry)
        : await this.queue.replayDelivered({ ...ANY, type: 'MESSAGE', delivery: { laneId, id: delivery } }, entry);
    if (skipped > 0)
      throw new ConflictError('webhook_deleted', `The lane ${webhookId} is deleted: send the message anew`);
    // Somebody else was faster.
    if (deliveryId === null) return this.replay(id, by);
    this.log.info('message.replayed', { replayed: 1, message: jobId, delivery, as: deliveryId });
    return { replayed: 1, deliveryId };
  }

  /** All that failed and that the filter names. @throws InvalidInputError */
  async replayAll(body: Buffer | undefined, query: object, by: Actor): Promise<ReplayedMessages> {
    const given = readRequest(body, query);
    const { group, tag, uri, ...times } = readFilter(given, FAILED);
    const filter = { ...ANY, type: 'MESSAGE' as const, updates: rangeOf(times), direct: { group, tag, uri } };
    const { replayed } = await this.queue.replayDropped(filter, byFilter(by, 'message.replayed', withoutUri(given)));
    this.log.info('message.replayed', { replayed, filter: withoutUri(given) });
    return { replayed };
  }

  /** @throws NotFoundError */
  async delete(id: string, by: Actor): Promise<void> {
    const { jobId, updateId, id: delivery } = await this.messages.find(id);
    const deleted = await this.queue.deleteMessages([updateId], null, { by, action: 'message.deleted', target: jobId });
    // Somebody else was faster.
    if (deleted === 0) return this.delete(id, by);
    this.log.info('message.deleted', { deleted, message: jobId, delivery });
  }

  /** All that the filter names, and that were there when it was asked for. @throws InvalidInputError */
  async deleteAll(query: Record<string, unknown>, by: Actor): Promise<DeletedMessages> {
    const filter = readFilter(query, NAMED_BY);
    if (Object.keys(query).length === 0) {
      throw new InvalidInputError('query', `The query names nothing: give at least one of ${NAMED_BY.join(', ')}`);
    }
    const entry = byFilter(by, 'message.deleted', withoutUri(query));
    const { now } = await this.clocks.read();
    const { from, before } = rangeOf(filter);
    const present = firstIdAt(now.getTime() + 1);
    let updates = { from, before: present < before ? present : before };
    for (let deleted = 0; ;) {
      const ids = await this.lookups.primary.listMessageIds({ ...filter, updates }, BATCH);
      deleted += await this.queue.deleteMessages(ids, filter.status, entry);
      const last = ids.at(-1);
      if (last === undefined || ids.length < BATCH) {
        this.log.info('message.deleted', { deleted, filter: withoutUri(query) });
        return { deleted };
      }
      updates = { from, before: last };
    }
  }
}

/** A uri may hold its sender's secrets. */
function withoutUri({ uri, ...filter }: Record<string, unknown>): Record<string, unknown> {
  return uri === undefined ? filter : { ...filter, uri: '***' };
}
