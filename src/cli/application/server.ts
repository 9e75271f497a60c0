import { VERSION } from '../../config/version.js';
import { ExitError } from '../exit-error.js';

/** What the command line says of the server; what is missing comes from the environment. */
export interface ServerOptions {
  host: string | undefined;
  username: string | undefined;
  password: string | undefined;
}

/** The routes under `/v1` of a Hooktide. */
export interface Server {
  /**
   * Answers with the JSON of the answer.
   * @throws ExitError with 1 and the reason, where it is none of success
   */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

const DEFAULT_HOST = 'http://127.0.0.1:7099';
const TIMEOUT_MILLIS = 30_000;
const PING_MILLIS = 5_000;

export async function openServer(options: ServerOptions, env: NodeJS.ProcessEnv): Promise<Server> {
  const base = await baseOf(options.host ?? (env['HOOKTIDE_URL'] || env['SAIL_HOST'] || DEFAULT_HOST));
  const user = options.username ?? env['SAIL_USER'] ?? '';
  const password = options.password ?? (env['HOOKTIDE_TOKEN'] || env['SAIL_PASSWORD'] || '');
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'User-Agent': `Hooktide/${VERSION}`,
    ...(user + password === '' ? {} : { Authorization: `Basic ${base64(`${user}:${password}`)}` }),
  };
  return {
    call: async (method, path, body) => {
      const request = { method, headers, body: body && JSON.stringify(body) };
      const { ok, status, text } = await ask(base + path, request);
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

/** A host without a scheme is asked by https, and by http where that isn't answered, as sail does. */
async function baseOf(host: string): Promise<string> {
  const isUrl = /^https?:\/\//i.test(host);
  const url = isUrl ? host : `${(await answersTo(`https://${host}`)) ? 'https' : 'http'}://${host}`;
  if (!URL.canParse(url)) throw new ExitError(2, `Error: ${host} is no address of a server: write http://host:port`);
  return `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`;
}

async function answersTo(base: string): Promise<boolean> {
  try {
    return (await fetch(new URL('/v1/_ping', base), { signal: AbortSignal.timeout(PING_MILLIS) })).status === 200;
  } catch {
    return false;
  }
}

/** Errors are `{message}`, `{error, error_status, error_details}` or a text (contract of Sail Above, §1). */
function problemIn(text: string): string | undefined {
  const answer = parse(text);
  if (typeof answer === 'string') return answer;
  const { message, error_details: details } = (answer ?? {}) as Record<string, unknown>;
  return [message, details].find((problem) => typeof problem === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ExitError(1, 'Error: the server answered with something that is no JSON: is it a Hooktide?');
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
