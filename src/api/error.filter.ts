import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { randomUUID } from 'node:crypto';
import { UnauthenticatedError } from '../auth/unauthenticated.error.js';
import { HooktideError } from '../errors/errors.js';
import { Log } from '../telemetry/log.js';
import { inDialect } from './dialect.js';
import { ApiMetrics } from './metrics.js';
import { codeOfHttp, isProblemCode, type ProblemCode, PROBLEMS } from './problems.js';
import type { Refusal } from './refusal.js';

/** Whatever the HTTP layer says, for it doesn't name the limit. */
const BODY_TOO_LARGE = 'The request is larger than ingest.maxRequestBytes: send less at once';
/** The database is away, has no room, or takes no writes: SQLSTATE classes 08, 53, 57, 25006, and what the network says. */
const DATABASE_AWAY = /^(08|53|57)...$|^25006$|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/;
/** What the driver says, without a code, of a connection that broke or was not to be had in time. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a conn)/;
const RETRY_AFTER_SECONDS = 5;
const QUIET_MILLIS = 1_000;

/** Turns whatever was thrown into an answer, in the dialect of the route. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private away = { quietUntil: 0, untold: 0 };

  constructor(
    private readonly log: Log,
    private readonly metrics: ApiMetrics,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const refusal = this.refusalOf(error);
    if (refusal.retryAfterSeconds !== undefined) response.setHeader('Retry-After', refusal.retryAfterSeconds);
    if (error instanceof UnauthenticatedError) response.setHeader('WWW-Authenticate', error.challenge);
    const { method, url } = http.getRequest<Request>();
    if (bringsUpdates(method, url)) this.metrics.refused(error instanceof HooktideError ? error.code : refusal.code);
    const { type, body, status = refusal.status } = inDialect(method, url, error, refusal);
    response.status(status).setHeader('Content-Type', type).end(body);
  }

  private refusalOf(error: unknown): Refusal {
    if (error instanceof HooktideError && isProblemCode(error.code)) {
      const { field, retryAfterSeconds } = error as Extras;
      return refuse(error.code, error.message, { field, retryAfterSeconds });
    }
    const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
    if (status >= 400 && status < 500) {
      const code = codeOfHttp(status);
      return refuse(code, code === 'too_large' ? BODY_TOO_LARGE : (error as Error).message);
    }
    return this.failureOf(error);
  }

  private failureOf(error: unknown): Refusal {
    const id = randomUUID().replaceAll('-', '').slice(0, 16);
    if (isDatabaseAway(error)) {
      const where = this.tellAway(id, error) ? ` (ID ${id})` : '';
      const message = `The database is not to be had at the moment: send the same again later${where}.`;
      return refuse('database_unavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.log.error('request.failed', { id, error });
    return refuse('internal', `There was an error processing your request. It has been logged (ID ${id}).`);
  }

  /** While the database is away all requests fail: one a second is told, with the number of those that were not. */
  private tellAway(id: string, error: unknown): boolean {
    const now = performance.now();
    if (now < this.away.quietUntil) {
      this.away.untold += 1;
      return false;
    }
    this.log.error('request.failed', { id, error, untold: this.away.untold });
    this.away = { quietUntil: now + QUIET_MILLIS, untold: 0 };
    return true;
  }
}

const INGEST = /^\/(api\/updates|hook_slinger)\/?(\?|$)/i;

/** Whether a request brings updates or a message. */
function bringsUpdates(method: string, url: string): boolean {
  return method === 'POST' && INGEST.test(url);
}

type Extras = Pick<Refusal, 'field' | 'retryAfterSeconds'>;

function refuse(code: ProblemCode, message: string, extras: Extras = {}): Refusal {
  return { status: PROBLEMS[code].status, code, message, ...extras };
}

function isDatabaseAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return DATABASE_AWAY.test(String(code)) || CONNECTION_LOST.test(String(message));
}

/** Errors of the HTTP layer carry their status: a body that is too large, a path that can't be decoded. */
function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : 500;
}
