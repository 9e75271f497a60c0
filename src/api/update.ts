import type { UpdateRow } from '../queue/sql/updates.js';
import { JsonText } from '../updates/json-text.js';
import type { Delivery } from './delivery.js';
import type { Page } from './page.js';
import type { Nothing } from './why-nothing.js';

/** An update as the API lists it, with how many of its deliveries wait, arrived and were dropped. */
export interface Update extends Omit<UpdateRow, 'waiting' | 'delivered' | 'dropped'> {
  deliveries: Pick<UpdateRow, 'waiting' | 'delivered' | 'dropped'>;
}

export function toUpdate({ waiting, delivered, dropped, ...update }: UpdateRow): Update {
  return { ...update, deliveries: { waiting, delivered, dropped } };
}

/** One update with its deliveries; its payload, where it was asked for, byte for byte. */
export function printUpdate(update: Update, payload: string | null, deliveries: Page<Delivery | Nothing>): JsonText {
  const fields = JSON.stringify(update);
  const withPayload = payload === null ? fields : `${fields.slice(0, -1)},"payload":${payload}}`;
  return new JsonText(`{"update":${withPayload},"deliveries":${JSON.stringify(deliveries)}}`);
}

/** Where a page of what became of an update ended: at a delivery, or at a webhook that got nothing. */
export type Place = { delivery: number } | { webhook: string };

export function printPlace(item: Delivery | Nothing): string {
  const text = item.id === null ? `w${item.webhookId}` : `d${item.id}`;
  return Buffer.from(text).toString('base64url');
}

/** Null: nobody printed it. */
export function parsePlace(cursor: string): Place | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (text.startsWith('w') && !text.includes('\0')) return { webhook: text.slice(1) };
  return /^d\d{1,15}$/.test(text) ? { delivery: Number(text.slice(1)) } : null;
}
