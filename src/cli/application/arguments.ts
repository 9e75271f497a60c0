import { parseArgs } from 'node:util';
import { ExitError } from '../exit-error.js';
import { FORMATS, type OutputFormat } from './print.js';
import type { ServerOptions } from './server.js';

export const HELP = `Usage: hooktide application webhook list   [APPLICATION]
       hooktide application webhook add    [APPLICATION] URL
       hooktide application webhook delete [APPLICATION] URL
       hooktide application list

The urls that are told of every change of every container of an application, as
\`sail application webhook\` did. Without APPLICATION it is the one named as the user.
For application: a, app, apps, applications. For list: ls. For delete: del, rm.

Options:
  -f, --format FORMAT   pretty (YAML, the default), json or yaml
  -H, --host HOST       Hooktide's address. Default: HOOKTIDE_URL, SAIL_HOST, or http://127.0.0.1:7099
  -U, -u, --username    Default: SAIL_USER
  -P, -p, --password    the API token. Default: HOOKTIDE_TOKEN, SAIL_PASSWORD
  -h, --help            show this

Exit codes: 0 done, 1 failed, 2 misuse.
`;

/** What the command line asks for. */
export type Wanted = { format: OutputFormat; server: ServerOptions } & (
  | { action: 'applications' }
  /** Without an application: that of the user. */
  | { action: 'list'; application: string | undefined }
  | { action: 'add' | 'delete'; application: string | undefined; url: string }
);

/** `-u` and `-p` stand for sail's `-U` and `-P`: its own two are easily mistyped. */
const OPTIONS = {
  format: { type: 'string', short: 'f', default: 'pretty' },
  host: { type: 'string', short: 'H' },
  username: { type: 'string', short: 'U' },
  user: { type: 'string', short: 'u' },
  password: { type: 'string', short: 'P' },
  pass: { type: 'string', short: 'p' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const ACTIONS: Record<string, 'list' | 'add' | 'delete'> = {
  list: 'list',
  ls: 'list',
  add: 'add',
  delete: 'delete',
  del: 'delete',
  rm: 'delete',
};

/**
 * Reads what follows `hooktide application`; null: help is asked for.
 * @throws ExitError with 2
 */
export function readArguments(args: string[]): Wanted | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const format = FORMATS.find((known) => known === values.format);
  if (!format) throw misuse(`There is no format ${values.format}: write one of ${FORMATS.join(', ')}`);
  const { host, username = values.user, password = values.pass } = values;
  const common = { format, server: { host, username, password } };

  const [what = '', verb = '', ...rest] = positionals;
  if (['list', 'ls', 'ps'].includes(what) && positionals.length === 1) return { ...common, action: 'applications' };
  const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb] : undefined;
  if (what !== 'webhook' || action === undefined) throw misuse('Write webhook list, add or delete, or list');
  if (action === 'list') {
    if (rest.length > 1) throw misuse('One application at the most');
    return { ...common, action, application: checked(rest[0]) };
  }
  const url = rest.pop();
  if (url === undefined || rest.length > 1) throw misuse('Write an application, if another than your own, and a url');
  return { ...common, action, application: checked(rest[0]), url };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misuse((error as Error).message);
  }
}

function checked(name: string | undefined): string | undefined {
  if (name?.includes('/')) throw misuse(`Name ${name} can not contain '/'`);
  return name;
}

function misuse(problem: string): ExitError {
  return new ExitError(2, `Error: ${problem}. hooktide application --help says more.`);
}
