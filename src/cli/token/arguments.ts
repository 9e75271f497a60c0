import { parseArgs } from 'node:util';
import { ExitError } from '../exit-error.js';

export const HELP = `Usage: hooktide token create NAME --scope SCOPE… [options]
       hooktide token list
       hooktide token revoke ID

Tokens of the API. What is made is printed once, on standard output alone.

  read       look at everything
  ingest     send updates and direct messages, and nothing else
  webhooks   change what is registered and what waits, and read
  admin      everything, tokens included

Options of create:
  -s, --scope SCOPE       one of these, several by several --scope or with commas
  -a, --application NAME  may send updates and have webhooks for this application only
  --expires-in TIME       such as 30m, 24h or 90d. Default: never
  --expires-at TIME       in ISO 8601 with its zone: 2027-01-01T00:00:00Z

Options of all:
  --database              without a server, in its database: DATABASE_URL, or what the config says. For the first token
  --json                  print JSON
  -h, --help              show this

The server is HOOKTIDE_URL (default: http://127.0.0.1:7099), called with the token HOOKTIDE_TOKEN, which has to have the
scope admin.

Exit codes: 0 done, 1 failed, 2 misuse.
`;

/** What the command line asks for. */
export type Wanted = { inDatabase: boolean; asJson: boolean } & (
  | { action: 'list' }
  | { action: 'revoke'; id: number }
  /** As `POST /api/tokens` takes it. */
  | { action: 'create'; token: Record<string, unknown> }
);

const OPTIONS = {
  scope: { type: 'string', short: 's', multiple: true },
  application: { type: 'string', short: 'a' },
  'expires-in': { type: 'string' },
  'expires-at': { type: 'string' },
  database: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const OF_CREATE = ['scope', 'application', 'expires-in', 'expires-at'] as const;

/**
 * Reads what follows `hooktide token`; null: help is asked for.
 * @throws ExitError with 2
 */
export function readArguments(args: string[]): Wanted | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const common = { inDatabase: values.database, asJson: values.json };
  const [action, name, ...rest] = positionals;
  if (rest.length > 0) throw misuse('That is one word too many');
  const foreign = action === 'create' ? undefined : OF_CREATE.find((option) => values[option] !== undefined);
  if (foreign !== undefined) throw misuse(`--${foreign} is for create`);
  if ((action === 'list' || action === 'ls') && name === undefined) return { ...common, action: 'list' };
  if (action === 'revoke' && name !== undefined) return { ...common, action, id: idOf(name) };
  if (action !== 'create' || name === undefined) throw misuse('Write create NAME, list, or revoke ID');
  const scopes = (values.scope ?? []).flatMap((scope) => scope.split(',')).map((scope) => scope.trim());
  if (scopes.length === 0) throw misuse('Write what the token may do: --scope read, ingest, webhooks or admin');
  const expiresIn = values['expires-in'];
  const token = {
    name,
    scopes,
    ...(values.application === undefined ? {} : { application: values.application }),
    ...(values['expires-at'] === undefined ? {} : { expiresAt: values['expires-at'] }),
    ...(expiresIn === undefined ? {} : { expiresInHours: hoursOf(expiresIn) }),
  };
  return { ...common, action, token };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misuse((error as Error).message);
  }
}

function idOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw misuse(`${text} is no id of a token: hooktide token list shows them`);
}

const HOURS: Record<string, number> = { m: 1 / 60, h: 1, d: 24 };

function hoursOf(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0) return Number(number) * (HOURS[unit] ?? 0);
  throw misuse(`${text} is no time to expire in: write 30m, 24h or 90d`);
}

function misuse(problem: string): ExitError {
  return new ExitError(2, `Error: ${problem}. hooktide token --help says more.`);
}
