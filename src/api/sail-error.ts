import { STATUS_CODES } from 'node:http';
import type { Refusal } from './refusal.js';

/** An error in a shape that Sail's command line prints (contract of Sail Above, §1 and §5). */
export function sailError({ status, message }: Refusal): { type: string; body: string } {
  const body = { error: status, error_status: STATUS_CODES[status] ?? 'Error', error_details: message };
  return { type: 'application/json', body: JSON.stringify(body) };
}
