import { Injectable } from '@nestjs/common';
import { InvalidInputError, NotFoundError } from '../errors/errors.js';
import { Lookups } from '../queue/lookups.js';
import type { UpdateRow } from '../queue/sql/updates.js';
import type { JsonText } from '../updates/json-text.js';
import { Clocks } from './clocks.js';
import { toDelivery, type Delivery } from './delivery.js';
import { rangeOf, readFilter } from './filter.js';
import { LIMIT, mapPage, toPage, type Page } from './page.js';
import { parsePlace, printPlace, printUpdate, toUpdate, type Place, type Update } from './update.js';
import { Kept, toNothing, type Nothing } from './why-nothing.js';

const FILTER = ['type', 'requestId', 'deployId', 'taskId', 'application', 'id', 'since', 'until'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FIRST: Place = { delivery: 0 };

/** What came in, and what became of it. */
@Injectable()
export class UpdatesService {
  constructor(
    private readonly lookups: Lookups,
    private readonly clocks: Clocks,
    private readonly kept: Kept,
  ) {}

  /** @throws InvalidInputError */
  async list(query: Record<string, unknown>): Promise<Page<Update>> {
    const { after, limit, ...filter } = readFilter(query, [...FILTER, 'limit', 'after']);
    if (filter.deployId !== null && filter.requestId === null) {
      throw new InvalidInputError('deployId', 'deployId: give requestId, too. A deploy is one of its request');
    }
    if (after !== null && !UUID.test(after)) throw badPlace();
    const { from, before } = rangeOf(filter);
    // Both end the range: where the page before ended, and the time.
    const ids = { from, before: after !== null && after < before ? after : before };
    const size = limit ?? LIMIT;
    return mapPage(toPage(await this.lookups.listUpdates(filter, ids, size + 1), size), toUpdate);
  }

  /** @throws InvalidInputError, NotFoundError */
  async get(id: string, query: Record<string, unknown>): Promise<JsonText> {
    const { webhookId, after, limit, payload } = readFilter(query, ['webhookId', 'limit', 'after', 'payload']);
    const place = after === null ? FIRST : parsePlace(after);
    if (place === null) throw badPlace();
    const known = id.includes('\0') ? null : await this.lookups.find((from) => from.findUpdate(id, payload === true));
    if (known === null)
      throw new NotFoundError('update', `No update has the id ${id}: it is kept no longer, or never was`);
    const { payload: text, ...update } = known.found;
    const page = await this.becameOf(known.from, update, webhookId, place, limit ?? LIMIT);
    if (webhookId !== null && after === null && page.items.length === 0) {
      throw new NotFoundError('webhook', `No webhook has the id ${webhookId[0]}, nor did one that got this update`);
    }
    return printUpdate(toUpdate(update), text, page);
  }

  /** First what was made for webhooks, then the webhooks that got nothing. */
  private async becameOf(
    lookups: Lookups,
    update: UpdateRow,
    webhookIds: string[] | null,
    place: Place,
    limit: number,
  ): Promise<Page<Delivery | Nothing>> {
    const rows =
      'delivery' in place ? await lookups.listDeliveriesOf(update.id, webhookIds, place.delivery, limit + 1) : [];
    const after = 'webhook' in place ? place.webhook : '';
    const room = limit + 1 - rows.length;
    const leftOut = room > 0 ? await lookups.listLeftOut(update.id, webhookIds, after, room) : [];
    const clock = await this.clocks.read();
    const items = [
      ...rows.map((row) => toDelivery(row, clock)),
      ...leftOut.map((webhook) => toNothing(webhook, update, this.kept, clock.now)),
    ];
    const shown = items.slice(0, limit);
    const last = shown.at(-1);
    return { items: shown, next: last && items.length > limit ? printPlace(last) : null };
  }
}

function badPlace(): InvalidInputError {
  return new InvalidInputError('after', 'after: give what next said on the page before');
}
