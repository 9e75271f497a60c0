import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ApiToken } from '../../auth/token.guard.js';
import { Log } from '../../telemetry/log.js';
import { HookSlingerOptions } from './options.js';
import { MessageRefusedError } from './refused.error.js';

/** Word by word as upstream answers (contract §1.3), with the blank at the end. */
const FORGOTTEN =
  "Did you forget to add 'Authorization' field to the request header? You can find the auth key in the '.env' file as 'API_KEY'. Also, you have to prepend the auth protocol before the token. For example: 'Authorization: Token <token_value>' ";
const WRONG = `Wrong API auth key. ${FORGOTTEN}`;
const CLOSED = 'This Hooktide has no token for this route yet: write hookSlinger.apiTokenFile or auth.tokenFile.';

/** Who may send direct messages: `Authorization: Token <token>`, with Hook Slinger's token or that of the whole API. */
@Injectable()
export class TokenCheck {
  readonly #expected: readonly Buffer[];
  #isTold = false;

  constructor(
    { token }: HookSlingerOptions,
    api: ApiToken,
    private readonly log: Log,
  ) {
    const secrets = [token, api.secret].filter((secret) => secret !== null);
    this.#expected = secrets.map((secret) => digest(`Token ${secret.reveal()}`));
  }

  /** @throws MessageRefusedError */
  check(authorization: string | undefined): void {
    if (this.#expected.length === 0) throw this.closed(authorization);
    if (!authorization) throw new MessageRefusedError(403, FORGOTTEN);
    const given = digest(authorization);
    // All are compared, and digests are of one length: the time that it takes tells nothing.
    const isOneOf = this.#expected.map((expected) => timingSafeEqual(given, expected)).includes(true);
    if (!isOneOf) throw new MessageRefusedError(403, WRONG);
  }

  private closed(authorization: string | undefined): MessageRefusedError {
    if (!this.#isTold) this.log.warn('hook_slinger.closed', { why: CLOSED });
    this.#isTold = true;
    return new MessageRefusedError(403, (authorization ? WRONG : FORGOTTEN) + CLOSED);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
