import type { Refusal } from './refusal.js';

/** An error as FastAPI has it (contract of Hook Slinger, §1.3). What Hooktide itself fails at is a 500, as there. */
export function hookSlingerError({ status, message }: Refusal): { type: string; body: string; status?: number } {
  if (status < 500) return { type: 'application/json', body: JSON.stringify({ detail: message }) };
  return { type: 'application/json', body: '{"detail":"Webhook registration failed."}', status: 500 };
}
