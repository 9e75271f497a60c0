import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { randomUUID } from 'node:crypto';
import { HooktideError } from '../errors/errors.js';
import { Log } from '../telemetry/log.js';
import { singularityError } from './singularity-error.js';
import { problem } from './problem.js';
import type { Refusal } from './refusal.js';

/** Where HTTP statuses are chosen. */
const STATUS: Record<string, number> = {
  invalid_input: 400,
  unauthenticated: 401,
  action_disabled: 409,
  id_conflict: 409,
  too_large: 413,
  fan_out_too_large: 413,
  too_many_waiting: 503,
};
/** Whatever the HTTP layer says, for it doesn't name the limit. */
const BODY_TOO_LARGE = 'The request is larger than ingest.maxRequestBytes: send less at once';
const SINGULARITY_ROUTES = /^\/api\/(webhooks|disasters)(\/|\?|$)/i;
/** The database is away, or has no room: SQLSTATE classes 08, 53, 57 and what the network says. */
const DATABASE_AWAY = /^(08|53|57)...$|^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/;
/** What the driver says, without a code, of a connection that broke or was not to be had in time. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a conn)/;
const RETRY_AFTER_SECONDS = 5;

/** Turns whatever was thrown into an answer: Singularity's shapes on its routes, RFC 9457 on ours. */
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
    if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    const isSingularity = SINGULARITY_ROUTES.test(http.getRequest<Request>().url);
    const { type, body } = isSingularity ? singularityError(error, refusal) : problem(refusal);
    response.status(refusal.status).setHeader('Content-Type', type).end(body);
  }

  private refusalOf(error: unknown): Refusal {
    if (error instanceof HooktideError && STATUS[error.code] !== undefined) {
      const { field, retryAfterSeconds } = error as { field?: string; retryAfterSeconds?: number };
      return { status: STATUS[error.code] ?? 500, code: error.code, message: error.message, field, retryAfterSeconds };
    }
    const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
    if (status >= 400 && status < 500)
      return { status, code: codeOf(status), message: status === 413 ? BODY_TOO_LARGE : (error as Error).message };
    return this.failureOf(error);
  }

  private failureOf(error: unknown): Refusal {
    const id = randomUUID().replaceAll('-', '').slice(0, 16);
    this.log.error('request.failed', { id, error });
    if (isDatabaseAway(error)) {
      const message = `The database is not to be had at the moment: send the same again later (ID ${id}).`;
      return { status: 503, code: 'database_unavailable', message, retryAfterSeconds: RETRY_AFTER_SECONDS };
    }
    const message = `There was an error processing your request. It has been logged (ID ${id}).`;
    return { status: 500, code: 'internal', message };
  }
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

function codeOf(status: number): string {
  const codes: Record<number, string> = {
    404: 'not_found',
    405: 'method_not_allowed',
    413: 'too_large',
    415: 'unsupported_media_type',
  };
  return codes[status] ?? 'bad_request';
}
