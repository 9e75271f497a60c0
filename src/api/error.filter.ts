import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { randomUUID } from 'node:crypto';
import { UnauthenticatedError } from '../auth/unauthenticated.error.js';
import { HooktideError } from '../errors/errors.js';
import { Log } from '../telemetry/log.js';
import { inDialect } from './dialect.js';
import { codeOfHttp, isProblemCode, type ProblemCode, PROBLEMS } from './problems.js';
import type { Refusal } from './refusal.js';

/** Whatever the HTTP layer says, for it doesn't name the limit. */
const BODY_TOO_LARGE = 'The request is larger than ingest.maxRequestBytes: send less at once';
/** The database is away, or has no room: SQLSTATE classes 08, 53, 57 and what the network says. */
const DATABASE_AWAY = /^(08|53|57)...$|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/;
/** What the driver says, without a code, of a connection that broke or was not to be had in time. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a conn)/;
const RETRY_AFTER_SECONDS = 5;

/** Turns whatever was thrown into an answer, in the dialect of the route. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

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
    this.log.error('request.failed', { id, error });
    if (isDatabaseAway(error)) {
      const message = `The database is not to be had at the moment: send the same again later (ID ${id}).`;
      return refuse('database_unavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    return refuse('internal', `There was an error processing your request. It has been logged (ID ${id}).`);
  }
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
