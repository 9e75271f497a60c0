import { STATUS_CODES } from 'node:http';
import type { Refusal } from './refusal.js';

/** An error on Hooktide's own routes: problem details (RFC 9457) with a stable `code`. */
export function problem({ status, code, message, field }: Refusal): { type: string; body: string } {
  const title = STATUS_CODES[status] ?? 'Error';
  return {
    type: 'application/problem+json',
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail: message, field }),
  };
}
