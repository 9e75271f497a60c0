import { STATUS_CODES } from 'node:http';
import { ForbiddenError } from '../auth/forbidden.error.js';
import { InvalidUriError } from '../webhooks/webhooks.service.js';
import type { Refusal } from './refusal.js';

/** An error in Singularity's two shapes (contract §1.3): plain text for a bad uri, 401 and 403, else `{code, message}`. */
export function singularityError(error: unknown, { status, message }: Refusal): { type: string; body: string } {
  if (error instanceof ForbiddenError) return { type: 'text/plain', body: error.inSingularity };
  if (error instanceof InvalidUriError || status === 401) return { type: 'text/plain', body: message };
  const isHttp = [404, 405, 413, 415].includes(status);
  const text = isHttp ? `HTTP ${status} ${STATUS_CODES[status]}` : message;
  return { type: 'application/json', body: JSON.stringify({ code: status, message: text }) };
}
