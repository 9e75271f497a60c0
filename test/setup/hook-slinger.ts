import { send, type RawAnswer } from './http.js';
import type { Hooktide } from './hooktide.js';

export const TOKEN = 'correct-horse';

/** What a client of Hook Slinger's asks for, beside the payload. */
export interface Slung {
  to_url: string;
  to_auth?: string | null;
  tag?: string;
  group?: string;
  payload: unknown;
}

/** Posts to `/hook_slinger/` as its clients do, a text as it stands. */
export function sling({ url }: { url: string }, body: Slung | string, token = TOKEN): Promise<RawAnswer> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Token ${token}` };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(url, { method: 'POST', path: '/hook_slinger/', headers, body: text });
}

/** The id of a message that was taken. */
export async function jobId(answering: Promise<RawAnswer>): Promise<string> {
  const { status, text } = await answering;
  if (status !== 202) throw new Error(`The message was not taken: ${status} ${text}`);
  return (JSON.parse(text) as { job_id: string }).job_id;
}

/** How often a message was tried, and how that ended. */
export interface Fate {
  state: 'delivered' | 'dropped';
  attempts: number;
  reason: string;
}

/** What became of a message; undefined: it still waits. */
export async function fateOf({ sql }: Pick<Hooktide, 'sql'>, job: string): Promise<Fate | undefined> {
  const rows = await sql<Fate>(
    `SELECT 'delivered' AS state, attempts, 'delivered' AS reason
     FROM hooktide.history h JOIN hooktide.update u ON u.id = h.update_id WHERE u.client_id = $1
     UNION ALL
     SELECT 'dropped', attempts, d.outcome->>'reason'
     FROM hooktide.dead_letter d JOIN hooktide.update u ON u.id = d.update_id WHERE u.client_id = $1`,
    [job],
  );
  return rows[0];
}
