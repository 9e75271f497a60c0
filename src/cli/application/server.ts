import { openClient, parse, type Client } from '../client.js';
import { ExitError } from '../exit-error.js';

/** What the command line says of the server; what is missing comes from the environment. */
export interface ServerOptions {
  host: string | undefined;
  username: string | undefined;
  password: string | undefined;
}

const DEFAULT_HOST = 'http://127.0.0.1:7099';
const PING_MILLIS = 5_000;

/** The routes under `/v1` of a Hooktide. */
export async function openServer(options: ServerOptions, env: NodeJS.ProcessEnv): Promise<Client> {
  const base = await baseOf(options.host ?? (env['HOOKTIDE_URL'] || env['SAIL_HOST'] || DEFAULT_HOST));
  const user = options.username ?? env['SAIL_USER'] ?? '';
  const password = options.password ?? (env['HOOKTIDE_TOKEN'] || env['SAIL_PASSWORD'] || '');
  const authorization = user + password === '' ? undefined : `Basic ${base64(`${user}:${password}`)}`;
  return openClient({ base, authorization, problemIn });
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

const base64 = (text: string): string => Buffer.from(text).toString('base64');
