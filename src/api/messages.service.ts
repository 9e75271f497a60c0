import { Injectable } from '@nestjs/common';
import { InvalidInputError, NotFoundError } from '../errors/errors.js';
import { Lookups } from '../queue/lookups.js';
import type { MessageCounts } from '../queue/sql/message-counts.js';
import type { MessageRow } from '../queue/sql/messages.js';
import type { JsonText } from '../updates/json-text.js';
import { Clocks } from './clocks.js';
import { rangeOf, readFilter } from './filter.js';
import { printMessage, toMessage, type Message } from './message.js';
import { LIMIT, mapPage, toPage, type Page } from './page.js';

/** What messages can be asked for. */
export const NAMED_BY = ['status', 'group', 'tag', 'uri', 'since', 'until'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Direct messages, and how each does. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly lookups: Lookups,
    private readonly clocks: Clocks,
  ) {}

  /** @throws InvalidInputError */
  async list(query: Record<string, unknown>): Promise<Page<Message>> {
    const { limit, after, ...filter } = readFilter(query, [...NAMED_BY, 'limit', 'after']);
    if (after !== null && !UUID.test(after)) {
      throw new InvalidInputError('after', 'after: give what next said on the page before');
    }
    const { from, before } = rangeOf(filter);
    const updates = { from, before: after !== null && after < before ? after : before };
    const size = limit ?? LIMIT;
    const rows = await this.lookups.listMessages({ ...filter, updates }, size + 1);
    const clock = await this.clocks.read();
    const items = rows.map((row) => ({ id: row.updateId, row }));
    return mapPage(toPage(items, size), ({ row }) => toMessage(row, clock));
  }

  /** @throws InvalidInputError, NotFoundError */
  async get(id: string, query: Record<string, unknown>): Promise<JsonText> {
    const { payload } = readFilter(query, ['payload']);
    const row = await this.findIn(this.lookups, id, payload === true);
    return printMessage(toMessage(row, await this.clocks.read()), row.payload);
  }

  /** @throws InvalidInputError */
  count(query: Record<string, unknown>): Promise<MessageCounts> {
    readFilter(query, []);
    return this.lookups.countMessages();
  }

  /**
   * To do something with it.
   * @throws NotFoundError
   */
  find(id: string): Promise<MessageRow> {
    return this.findIn(this.lookups.primary, id, false);
  }

  private async findIn(lookups: Lookups, id: string, withPayload: boolean): Promise<MessageRow> {
    const known = id.includes('\0') ? null : await lookups.find((from) => from.findMessage(id, withPayload));
    if (known) return known.found;
    throw new NotFoundError('message', `No message has the id ${id}: it was deleted, is kept no longer, or never was`);
  }
}
