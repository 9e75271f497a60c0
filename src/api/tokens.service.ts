import { Injectable } from '@nestjs/common';
import type { TokenRow } from '../auth/token.repository.js';
import { type MadeToken, Tokens } from '../auth/tokens.js';
import type { Actor } from '../database/audit.js';
import { NotFoundError } from '../errors/errors.js';
import { readBody } from './body.js';
import { readFilter } from './filter.js';
import { readNewToken } from './new-token.js';
import { LIMIT, type Page, readNumber, toPage } from './page.js';

/** What numbers of tokens look like. */
const ID = /^\d{1,15}$/;

/** Tokens of the API, as its routes have them. */
@Injectable()
export class TokensService {
  constructor(private readonly tokens: Tokens) {}

  /** @throws InvalidInputError, NameTakenError */
  async create(body: Buffer | undefined, by: Actor): Promise<MadeToken> {
    return this.tokens.create(readNewToken(readBody(body, 'a token'), Date.now()), by);
  }

  /** @throws InvalidInputError */
  async list(query: Record<string, unknown>): Promise<Page<TokenRow>> {
    const { limit, after } = readFilter(query, ['limit', 'after']);
    const size = limit ?? LIMIT;
    return toPage(await this.tokens.list(after === null ? 0 : readNumber(after, 'after'), size + 1), size);
  }

  /** @throws NotFoundError */
  async revoke(id: string, by: Actor): Promise<void> {
    if (!ID.test(id)) throw new NotFoundError('token', `No token has the id ${id.slice(0, 64)}: it is a number`);
    await this.tokens.revoke(Number(id), by);
  }
}
