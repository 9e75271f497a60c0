import { parseArgs } from 'node:util';
import { ExitError } from '../exit-error.js';

export const HELP = `Usage: hooktide job replay dead_letters|deliveries [options]
       hooktide job discard dead_letters [options]
       hooktide job erase REQUEST [options]
       hooktide job list
       hooktide job show|pause|resume|cancel ID

What is too many for one request: docs/jobs.md.

Options of replay and discard:
  -w, --where FIELD=VALUE  only those: webhookId, updateId, requestId, type, since, until; of dead letters also reason.
                           Several narrow together
  --all                    all dead letters
  -r, --rate NUMBER        no more a second

Options of erase:
  --before TIME            only what was accepted before: 2026-11-22T10:00:00Z

Options of all three:
  --dry-run                say how many there are, and do nothing
  --paused                 do nothing before it is resumed

Options of all:
  --json                   print JSON
  -h, --help               show this

The server is HOOKTIDE_URL (default: http://127.0.0.1:7099), called with the token HOOKTIDE_TOKEN. It has to have the
scope webhooks, for erase admin, and read to list and show.

Exit codes: 0 done, 1 failed, 2 misuse.
`;

/** What the command line asks for. */
export type Wanted = { asJson: boolean } & (
  | { action: 'list' }
  | { action: 'show' | 'pause' | 'resume' | 'cancel'; id: number }
  /** As `POST /api/jobs` takes it. */
  | { action: 'create'; job: Record<string, unknown> }
);

const OPTIONS = {
  where: { type: 'string', short: 'w', multiple: true, default: [] as string[] },
  all: { type: 'boolean', default: false },
  rate: { type: 'string', short: 'r' },
  before: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  paused: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const ON_ONE = ['show', 'pause', 'resume', 'cancel'] as const;

/**
 * Reads what follows `hooktide job`; null: help is asked for.
 * @throws ExitError with 2
 */
export function readArguments(args: string[]): Wanted | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const asJson = values.json;
  const [action, what, ...rest] = positionals;
  if (rest.length > 0) throw misuse('That is one word too many');
  const isNew = action === 'replay' || action === 'discard' || action === 'erase';
  const foreign = isNew ? undefined : Object.keys(OPTIONS).find((name) => isGiven(name, args));
  if (foreign !== undefined) throw misuse(`--${foreign} is for replay, discard and erase`);
  if ((action === 'list' || action === 'ls') && what === undefined) return { asJson, action: 'list' };
  const onOne = ON_ONE.find((known) => known === action);
  if (onOne !== undefined && what !== undefined) return { asJson, action: onOne, id: idOf(what) };
  if (!isNew || what === undefined) throw misuse('Write replay, discard or erase and of what, list, or show ID');
  const common = { dryRun: values['dry-run'], paused: values.paused };
  if (action === 'erase') {
    if (values.rate !== undefined || values.where.length > 0 || values.all) throw misuse('erase takes a request alone');
    const filter = values.before === undefined ? { requestId: what } : { requestId: what, before: values.before };
    return { asJson, action: 'create', job: { kind: action, of: 'request', filter, ...common } };
  }
  if (values.before !== undefined) throw misuse('--before is for erase: write --where until=TIME');
  const filter = Object.fromEntries(values.where.map(fieldOf));
  if (values.all === values.where.length > 0) throw misuse('Write which ones by --where FIELD=VALUE, or --all');
  const rate = values.rate === undefined ? {} : { ratePerSecond: rateOf(values.rate) };
  return { asJson, action: 'create', job: { kind: action, of: what, filter, ...rate, ...common } };
}

const isGiven = (name: string, args: readonly string[]): boolean =>
  name !== 'json' && name !== 'help' && args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw misuse((error as Error).message);
  }
}

function fieldOf(text: string): [name: string, value: string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw misuse(`${text} is no condition: write --where webhookId=web`);
}

function rateOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw misuse(`${text} is no rate: write how many a second`);
}

function idOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw misuse(`${text} is no id of a job: hooktide job list shows them`);
}

function misuse(problem: string): ExitError {
  return new ExitError(2, `Error: ${problem}. hooktide job --help says more.`);
}
