import { readFileSync } from 'node:fs';

const folder = new URL('../fixtures/singularity/', import.meta.url);

/** A fixture's text, without the line end after it. */
export function fixture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8').trimEnd();
}

/** A REQUEST update of now, small; `n` makes it recognisable. */
export function requestUpdate(requestId: string, n = 0, createdAt = Date.now()): { type: string; payload: object } {
  return {
    type: 'REQUEST',
    payload: { createdAt, eventType: 'UPDATED', request: { id: requestId }, message: String(n) },
  };
}

/** The `n` of a delivered `requestUpdate`. */
export function numberOf(body: string): number {
  return Number((JSON.parse(body) as { message: string }).message);
}

export function requestOf(body: string): string {
  return (JSON.parse(body) as { request: { id: string } }).request.id;
}
