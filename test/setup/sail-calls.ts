import { expect } from 'vitest';
import { asJson, send } from './http.js';

/** What a request bears that brings `user:password` by HTTP Basic. */
export const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

/** An answer that refuses, as Sail's command line reads it. */
export const errorOf = (status: number, phrase: string, details: unknown = expect.any(String)) => ({
  status,
  json: { error: status, error_status: phrase, error_details: details },
});

/** Calls as Sail's command line does. */
export async function call(
  base: string,
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
) {
  const own = { ...asJson, 'User-Agent': 'Sailabove sail CLI/0.7.5', ...headers };
  const { status, text, headers: answered } = await send(base, { method, path, headers: own, body });
  expect(answered['content-type']).toBe('application/json');
  return { status, json: JSON.parse(text) as unknown, challenge: answered['www-authenticate'] };
}
