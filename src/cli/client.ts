import { VERSION } from '../config/version.js';
import { ExitError } from './exit-error.js';

/** Routes of a Hooktide. */
export interface Client {
  /**
   * Answers with the JSON of the answer; null where it has no body.
   * @throws ExitError with 1 and the reason, where it is none of success
   */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

export interface ClientOptions {
  /** What precedes the paths. */
  base: string;
  /** Missing: none is sent. */
  authorization: string | undefined;
  /** What the body of a refusal says; undefined: nothing. */
  problemIn: (text: string) => string | undefined;
}

const TIMEOUT_MILLIS = 30_000;

export function openClient({ base, authorization, problemIn }: ClientOptions): Client {
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': `Hooktide/${VERSION}`,
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  };
  return {
    call: async (method, path, body) => {
      const { ok, status, text } = await ask(base + path, { method, headers, body: body && JSON.stringify(body) });
      if (!ok) throw new ExitError(1, `Error: ${problemIn(text) ?? `the server answered ${status}`}`);
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

/** @throws ExitError */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ExitError(1, 'Error: the server answered with something that is no JSON: is it a Hooktide?');
  }
}
