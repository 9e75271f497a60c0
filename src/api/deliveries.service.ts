import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../errors/errors.js';
import { Lookups } from '../queue/lookups.js';
import type { DeadLetter } from '../queue/sql/dead-letters.js';
import type { DeliveryRow } from '../queue/sql/delivery-view.js';
import { Clocks } from './clocks.js';
import { toDelivery, type Delivery } from './delivery.js';
import { rangeOf, readFilter } from './filter.js';
import { LIMIT, mapPage, readNumber, toPage, type Page } from './page.js';

const FILTER = ['webhookId', 'state', 'updateId', 'requestId', 'type', 'since', 'until', 'limit', 'after'] as const;
const DROPPED = ['webhookId', 'reason', 'updateId', 'requestId', 'type', 'since', 'until', 'limit', 'after'] as const;
/** Larger ids than any that was given out, and no delivery. */
const ID = /^\d{1,15}$/;

/** Deliveries in any state, and why each is in it. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly lookups: Lookups,
    private readonly clocks: Clocks,
  ) {}

  /** @throws InvalidInputError */
  async list(query: Record<string, unknown>): Promise<Page<Delivery>> {
    const { limit, after, ...filter } = readFilter(query, FILTER);
    const size = limit ?? LIMIT;
    const before = after === null ? Number.MAX_SAFE_INTEGER : readNumber(after, 'after');
    const rows = await this.lookups.listDeliveries({ ...filter, updates: rangeOf(filter) }, before, size + 1);
    const clock = await this.clocks.read();
    return mapPage(toPage(rows, size), (row) => toDelivery(row, clock));
  }

  /** @throws InvalidInputError, NotFoundError */
  async get(id: string, query: Record<string, unknown>): Promise<Delivery> {
    readFilter(query, []);
    return toDelivery(await this.findIn(this.lookups, id), await this.clocks.read());
  }

  /**
   * To do something with it.
   * @throws NotFoundError
   */
  find(id: string): Promise<DeliveryRow> {
    return this.findIn(this.lookups.primary, id);
  }

  private async findIn(lookups: Lookups, id: string): Promise<DeliveryRow> {
    const known = ID.test(id) ? await lookups.find((from) => from.findDelivery(Number(id))) : null;
    if (known) return known.found;
    throw new NotFoundError(
      'delivery',
      `No delivery has the id ${id}: its dead letter was replayed or discarded, it is kept no longer, or never was`,
    );
  }

  /** @throws InvalidInputError */
  async listDeadLetters(query: Record<string, unknown>): Promise<Page<DeadLetter>> {
    const { limit, after, ...filter } = readFilter(query, DROPPED);
    const size = limit ?? LIMIT;
    const wanted = { ...filter, id: null, updates: rangeOf(filter) };
    const from = after === null ? 0 : readNumber(after, 'after');
    return toPage(await this.lookups.listDeadLetters(wanted, from, size + 1), size);
  }
}
