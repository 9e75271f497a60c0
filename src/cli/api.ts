import { openClient, type Client } from './client.js';
import { ExitError } from './exit-error.js';

const DEFAULT_URL = 'http://127.0.0.1:7099';

/** The routes under `/api` of the Hooktide that `HOOKTIDE_URL` names, called with the token `HOOKTIDE_TOKEN`. */
export function openApi(env: NodeJS.ProcessEnv): Client {
  const url = env['HOOKTIDE_URL'] || DEFAULT_URL;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ExitError(2, `Error: HOOKTIDE_URL is ${url}, which is no address of a server: write http://host:port`);
  }
  const token = env['HOOKTIDE_TOKEN'];
  return openClient({
    base: `${url.replace(/\/+$/, '')}/api`,
    authorization: token ? `Bearer ${token}` : undefined,
    problemIn: detailIn,
  });
}

/** What a problem document says (RFC 9457). */
function detailIn(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}
