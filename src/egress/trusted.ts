import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';

/** Whom to trust for an answer, and what to identify with; null: whom Node.js trusts, and nothing. */
export interface Through {
  /** Certificates of authorities, as PEM. */
  caFile: string | null;
  /** What it holds is sent as a bearer token. */
  tokenFile: string | null;
}

const TIMEOUT_MILLIS = 5_000;
const MOST_BYTES = 1_048_576;

/**
 * Gets JSON from an address that the config gave: unlike those that users give, it may be anywhere. No redirects, no
 * proxies from the environment. The files are read at each call, for both are replaced while the process runs.
 * @throws whatever keeps it from a 200 with JSON within 5 s and 1 MiB
 */
export async function getTrustedJson(url: string, { caFile, tokenFile }: Through): Promise<unknown> {
  const ca = caFile === null ? undefined : await readFile(caFile);
  const token = tokenFile === null ? null : (await readFile(tokenFile, 'utf8')).trim();
  const agent = new Agent({ connect: { ca }, maxResponseSize: MOST_BYTES });
  try {
    const { statusCode, body } = await request(url, {
      dispatcher: agent,
      headers: { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
    return JSON.parse(text) as unknown;
  } finally {
    await agent.destroy();
  }
}
