import { MessageRefusedError } from '../sources/hook-slinger/refused.error.js';
import type { Refusal } from './refusal.js';

/**
 * An error as FastAPI has it (contract of Hook Slinger, §1.3). What Hooktide itself fails at is a 500, as there, and so is
 * a full queue: its clients know no 503.
 */
export function hookSlingerError(error: unknown, refusal: Refusal): { type: string; body: string; status: number } {
  const { status, detail } = refusedAs(error, refusal);
  return { type: 'application/json', body: JSON.stringify({ detail }), status };
}

function refusedAs(error: unknown, { status, message }: Refusal): { status: number; detail: unknown } {
  if (error instanceof MessageRefusedError) return error;
  return status < 500 ? { status, detail: message } : { status: 500, detail: 'Webhook registration failed.' };
}
