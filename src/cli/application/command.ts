import { HELP, readArguments, type Wanted } from './arguments.js';
import { print } from './print.js';
import type { Client } from '../client.js';
import { openServer } from './server.js';

/**
 * `hooktide application`: what `sail application webhook` did, by the same calls and with the same output (contract of Sail
 * Above, §1).
 */
export async function application(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  const output = wanted === null ? HELP : print(await answerTo(wanted), wanted.format);
  process.stdout.write(output);
  return 0;
}

async function answerTo(wanted: Wanted): Promise<unknown> {
  const server = await openServer(wanted.server, process.env);
  if (wanted.action === 'applications') return server.call('GET', '/applications');
  const path = `/applications/${encodeURIComponent(wanted.application ?? (await userOf(server)))}/hook`;
  switch (wanted.action) {
    case 'list':
      return server.call('GET', path);
    case 'add':
      return server.call('POST', path, { url: wanted.url });
    default:
      // As sail does: encoded twice.
      return server.call('DELETE', `${path}?url=${encodeURIComponent(encodeURIComponent(wanted.url))}`);
  }
}

/** The application of whoever names none. */
async function userOf(server: Client): Promise<string> {
  const { name } = (await server.call('GET', '/users')) as { name: string };
  return name;
}
