import { VERSION } from '../config/version.js';
import { ExitError } from './exit-error.js';

/** The routes under `/api` of a Hooktide. */
export interface Api {
  /**
   * Answers with the JSON of the answer; null where it has no body.
   * @throws ExitError with 1 and the reason, where it is none of success
   */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

const DEFAULT_URL = 'http://127.0.0.1:7099';
const TIMEOUT_MILLIS = 30_000;

/** The Hooktide that `HOOKTIDE_URL` names, called with the token `HOOKTIDE_TOKEN`. */
export function openApi(env: NodeJS.ProcessEnv): Api {
  const url = env['HOOKTIDE_URL'] || DEFAULT_URL;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw new ExitError(2, `Error: HOOKTIDE_URL is ${url}, which is no address of a server: write http://host:port`);
  }
  const base = `${url.replace(/\/+$/, '')}/api`;
  const token = env['HOOKTIDE_TOKEN'];
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': `Hooktide/${VERSION}`,
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
  };
  return {
    call: async (method, path, body) => {
      const { ok, status, text } = await ask(base + path, { method, headers, body: body && JSON.stringify(body) });
      if (!ok) throw new ExitError(1, `Error: ${detailIn(text) ?? `the server answered ${status}`}`);
      return text === '' ? null : parse(text);
    },
  };
}

async function ask(url: string, request: RequestInit): Promise<{ ok: boolean; status: number; text: string }> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new ExitError(1, `Error: no answer from ${new URL(url).origin}: ${why}`);
  }
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ExitError(1, 'Error: the server answered with something that is no JSON: is it a Hooktide?');
  }
}
