import { Injectable } from '@nestjs/common';
import { Authenticator } from '../../auth/authenticator.js';
import type { Caller } from '../../auth/caller.js';
import { digestOf } from '../../auth/credential.js';
import { refusalAt } from '../../auth/admission.js';
import { Log } from '../../telemetry/log.js';
import { HookSlingerOptions } from './options.js';
import { MessageRefusedError } from './refused.error.js';

/** Word by word as upstream answers (contract §1.3), with the blank at the end. */
const FORGOTTEN =
  "Did you forget to add 'Authorization' field to the request header? You can find the auth key in the '.env' file as 'API_KEY'. Also, you have to prepend the auth protocol before the token. For example: 'Authorization: Token <token_value>' ";
const WRONG = `Wrong API auth key. ${FORGOTTEN}`;
const CLOSED = 'This Hooktide has no token for this route yet: write hookSlinger.apiTokenFile or auth.tokenFile.';

/** A direct message is of no application. */
const DOOR = { method: 'POST', needs: 'ingest', forApplication: undefined, parameters: {} } as const;
const SCHEME = 'Token ';

/**
 * Who may send direct messages: `Authorization: Token <token>`, with Hook Slinger's token or one of the API that has the
 * scope `ingest`. A token is asked for even where the API asks for none.
 */
@Injectable()
export class TokenCheck {
  readonly #own: Buffer | null;
  #isTold = false;

  constructor(
    { token }: HookSlingerOptions,
    private readonly authenticator: Authenticator,
    private readonly log: Log,
  ) {
    this.#own = token && digestOf(token.reveal());
  }

  /** @throws MessageRefusedError, ForbiddenError, and what the authenticator throws */
  async check(authorization: string | undefined, address: string | undefined): Promise<void> {
    if (!authorization) throw this.refusal(FORGOTTEN);
    if (this.isOwn(authorization, address)) return;
    const caller = await this.bearerOf(authorization, address);
    if (caller === null) throw this.refusal(WRONG);
    const refusal = refusalAt(DOOR, caller);
    if (refusal !== null) throw refusal;
  }

  private isOwn(authorization: string, address: string | undefined): boolean {
    if (this.#own === null || !authorization.startsWith(SCHEME)) return false;
    return this.authenticator.isOneOfConfig(authorization.slice(SCHEME.length), this.#own, address);
  }

  private async bearerOf(authorization: string, address: string | undefined): Promise<Caller | null> {
    if (!authorization.startsWith(SCHEME)) return null;
    return this.authenticator.bearerOf(authorization.slice(SCHEME.length), address);
  }

  private refusal(detail: string): MessageRefusedError {
    if (this.#own !== null || this.authenticator.asks) return new MessageRefusedError(403, detail);
    if (!this.#isTold) this.log.warn('hook_slinger.closed', { why: CLOSED });
    this.#isTold = true;
    return new MessageRefusedError(403, detail + CLOSED);
  }
}
