import { randomBytes } from 'node:crypto';
import type { Actor } from '../database/audit.js';
import { NotFoundError } from '../errors/errors.js';
import type { Log } from '../telemetry/log.js';
import { digestOf } from './credential.js';
import type { NewToken, TokenRepository, TokenRow } from './token.repository.js';

const RANDOM_BYTES = 32;
/** So that a token is known as one where it leaked. */
const PREFIX = 'hkt_';

/** A token of which this is the only sight. */
export interface MadeToken extends TokenRow {
  token: string;
}

/** The tokens that were made: by the API, or by the command line. */
export class Tokens {
  /** @param outdate has this process ask anew for what it knows of tokens */
  constructor(
    private readonly rows: Pick<TokenRepository, 'create' | 'list' | 'revoke'>,
    private readonly outdate: () => void,
    private readonly log: Log,
  ) {}

  /**
   * Makes a token. Whoever may make tokens may do everything, so none grants more than its maker has.
   * @param by who makes it
   * @throws NameTakenError
   */
  async create(token: NewToken, by: Actor): Promise<MadeToken> {
    const text = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
    const row = await this.rows.create(token, digestOf(text), by);
    const { id, name, scopes, application, expiresAt } = row;
    this.log.info('token.created', {
      tokenId: id,
      name,
      scopes: scopes.join(','),
      application,
      expiresAt,
      by: by.name,
    });
    return { ...row, token: text };
  }

  /** In the order in which they were made. */
  list(afterId: number, limit: number): Promise<TokenRow[]> {
    return this.rows.list(afterId, limit);
  }

  /**
   * From now on it is none: at once in this process, and in all others as soon as they hear of it.
   * @throws NotFoundError
   */
  async revoke(id: number, by: Actor): Promise<void> {
    const name = await this.rows.revoke(id, by);
    if (name === null) throw new NotFoundError('token', `No token has the id ${id}, or it is revoked already`);
    this.outdate();
    this.log.info('token.revoked', { tokenId: id, name, by: by.name });
  }
}
