// What the other senders do with one delivery: POST it, over as many connections as Hooktide has slots.
import { Agent, request } from 'undici';

export const CONNECTIONS = 100;

const dispatcher = new Agent({ connections: CONNECTIONS });
const headers = { 'content-type': 'application/json' };

/** @throws Error where the answer is no 200 */
export async function post(uri, body) {
  const answer = await request(uri, { method: 'POST', headers, body, dispatcher });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`The receiver answered ${answer.statusCode}.`);
}
