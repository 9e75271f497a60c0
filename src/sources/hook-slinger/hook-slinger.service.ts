import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { TooLargeError } from '../../errors/errors.js';
import type { Direct } from '../../updates/direct.js';
import { readTraceContext } from '../../updates/trace-context.js';
import { Arrivals } from '../arrivals.js';
import { Messenger } from '../emit.js';
import { IngestLimits } from '../ingest/ingest.service.js';
import { HookSlingerOptions } from './options.js';
import { readBody } from './read-body.js';
import { readFields, type Fields } from './read-fields.js';
import { MessageRefusedError } from './refused.error.js';
import { TokenCheck } from './token-check.js';
import { isUrl } from './url.js';

/** The answer to a message that is stored. Its keys and their order are Hook Slinger's (its contract, §1.2). */
export interface Registered {
  status: 'queued';
  ok: true;
  message: 'Webhook registration successful.';
  /** `<group>_<tag>_<uuid4>`, as Python prints those that are missing: `None`. */
  job_id: string;
  /** In UTC, which it doesn't say. */
  queued_at: string;
}

/** What of a request's headers counts. */
export interface Called {
  authorization?: string | undefined;
  'content-type'?: string | undefined;
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

const MESSAGE = [{ type: 'MESSAGE' }] as const;

@Injectable()
export class HookSlingerService {
  constructor(
    private readonly messenger: Messenger,
    private readonly options: HookSlingerOptions,
    private readonly limits: IngestLimits,
    private readonly tokens: TokenCheck,
    private readonly arrivals: Arrivals,
  ) {}

  /**
   * Takes one message, with the checks in Hook Slinger's order: syntax, token, fields, URL.
   * @param address where it comes from
   * @throws MessageRefusedError, TooLargeError, and what the check of the token and the messenger throw
   */
  async accept(
    { authorization, 'content-type': contentType, traceparent, tracestate }: Called,
    body: Buffer | undefined,
    address: string | undefined,
  ): Promise<Registered> {
    const json = readBody(body, contentType);
    await this.tokens.check(authorization, address);
    const fields = readFields(json);
    if (!isUrl(fields.toUrl)) throw new MessageRefusedError(400, "Parameter 'to_url' is not a valid URL.");
    this.checkSize(fields.payload);
    const id = `${fields.group ?? 'None'}_${fields.tag ?? 'None'}_${randomUUID()}`;
    const trace = readTraceContext(traceparent, tracestate);
    await this.messenger.send({ id, direct: this.directOf(fields), payload: fields.payload, ...trace });
    this.arrivals.accepted(MESSAGE, 'hook_slinger');
    return {
      status: 'queued',
      ok: true,
      message: 'Webhook registration successful.',
      job_id: id,
      queued_at: new Date().toISOString().replace('Z', '000'),
    };
  }

  private checkSize(payload: string): void {
    const bytes = Buffer.byteLength(payload);
    const { maxPayloadBytes } = this.limits;
    if (bytes > maxPayloadBytes)
      throw new TooLargeError(`payload is ${bytes} bytes long: send at most ${maxPayloadBytes}`);
  }

  private directOf({ toUrl, toAuth, tag, group }: Fields): Direct {
    const { maxRetries, intervalMillis, httpTimeoutMillis, successStatus } = this.options;
    return {
      // Its rule takes one line end behind a URL.
      uri: toUrl.replace(/\n$/, ''),
      authorization: toAuth || undefined,
      group: group ?? undefined,
      tag: tag ?? undefined,
      // The attempts are its only limit.
      retry: {
        policy: 'constant',
        delayMillis: intervalMillis,
        maxAttempts: 1 + maxRetries,
        maxAgeHours: 0,
        maxQueued: 0,
      },
      timeoutMillis: httpTimeoutMillis,
      successStatus: successStatus ?? undefined,
    };
  }
}
