import { PROCESS_STATES } from '../../sources/supervisord/process-event.js';
import { ExitError } from '../exit-error.js';
import { HELP, OPTIONS, USAGE } from './help.js';
import { OptionError, parseArguments, type ParsedArguments } from './optparse.js';
import { readPairs } from './pairs.js';
import {
  misuse,
  readHeaders,
  readName,
  readSeconds,
  readSize,
  readUrl,
  readWith,
  readWord,
  type With,
} from './option-values.js';
import { readStates } from './states.js';
import type { Wanted } from './wanted.js';

/** `-u`: where each event goes as a request of its own, and what that looks like. */
export interface WebhookOptions {
  kind: 'webhook';
  url: URL;
  /** Names as typed. */
  headers: ReadonlyMap<string, string>;
  /** Fields to add. */
  with: readonly With[];
  /** What precedes process_name; null: nothing. */
  name: string | null;
  isJson: boolean;
}

/** `--to`: a Hooktide that gets updates. */
export interface HooktideOptions {
  kind: 'hooktide';
  url: URL;
  /** null: HOOKTIDE_TOKEN holds the token, or there is none. */
  tokenFile: string | null;
}

export interface Options {
  target: WebhookOptions | HooktideOptions;
  wanted: Wanted;
  /** `-d` */
  data: ReadonlyMap<string, string>;
  flush: 'now' | 'tick60';
  timeoutMillis: number;
  /** null: in the usual place. */
  spool: string | null;
  spoolLimitBytes: number;
  /** What was understood in another way than superhooks would have, or not at all. */
  remarks: readonly string[];
}

const ALL_STATES = PROCESS_STATES.map((state) => `PROCESS_STATE_${state}`);
const TIMEOUT_SECONDS = 10;
const SPOOL_LIMIT = '100MB';

/**
 * Reads the command line. `help`: it asks for help, or misses `-u` or `-e`, which superhooks answers with help too.
 * @throws ExitError 2 on misuse
 */
export function readOptions(args: readonly string[]): Options | { help: string; exitCode: 0 | 1 } {
  const { values, positionals } = parse(args);
  const last = (name: string) => values.get(name)?.at(-1);
  if (values.has('help')) return { help: HELP, exitCode: 0 };
  if (last('to') !== undefined) refuseWithTo(values);
  else if (!last('url') || !last('events')) return { help: HELP, exitCode: 1 };

  const remarks: string[] = [];
  const { pairs: data, dropped } = readPairs(last('data') ?? '');
  for (const item of dropped) remarks.push(`-d: ${item} is left out, for an item is key^value`);
  if (positionals.length > 0) remarks.push(remarkOnWords(positionals));
  return {
    target: last('to') === undefined ? readWebhook(values, remarks) : readHooktide(values),
    wanted: {
      events: readEvents(last('events'), remarks),
      programs: values.get('program') ?? [],
      groups: (values.get('group') ?? []).map((group) => group.replace(/:\*?$/, '')),
      unexpectedOnly: values.has('unexpected-only'),
    },
    data,
    flush: readWord('--flush', last('flush') ?? 'now', ['now', 'tick60']),
    timeoutMillis: readSeconds('--timeout', last('timeout') ?? String(TIMEOUT_SECONDS)) * 1000,
    spool: last('spool') || null,
    spoolLimitBytes: readSize('--spool-limit', last('spool-limit') ?? SPOOL_LIMIT),
    remarks,
  };
}

function parse(args: readonly string[]): ParsedArguments {
  try {
    return parseArguments(args, OPTIONS, 'help');
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new ExitError(2, `${USAGE}\n\nsuperhooks: error: ${error.message}`);
  }
}

function readWebhook(values: ParsedArguments['values'], remarks: string[]): WebhookOptions {
  if (values.has('token-file')) throw misuse('--token-file belongs to --to: write -H for headers with -u');
  const { pairs, dropped } = readPairs(values.get('headers')?.at(-1) ?? '');
  for (const item of dropped) remarks.push(`-H: ${item} is left out, for an item is name^value`);
  const name = values.get('name')?.at(-1);
  return {
    kind: 'webhook',
    url: readUrl('-u', values.get('url')?.at(-1) ?? ''),
    headers: readHeaders(pairs),
    with: readWith(values.get('with')?.at(-1) ?? ''),
    name: name === undefined ? null : readName('--name', name),
    isJson: values.has('json'),
  };
}

function readHooktide(values: ParsedArguments['values']): HooktideOptions {
  return {
    kind: 'hooktide',
    url: readUrl('--to', values.get('to')?.at(-1) ?? ''),
    tokenFile: values.get('token-file')?.at(-1) || null,
  };
}

function refuseWithTo(values: ParsedArguments['values']): void {
  if (values.has('url')) throw misuse('-u and --to exclude each other: events go to a receiver or to a Hooktide');
  if (values.has('headers')) {
    throw misuse('-H has no meaning with --to: set headers on the webhooks that Hooktide sends to');
  }
  const ofForms = ['name', 'with', 'json'].find((name) => values.has(name));
  if (ofForms) throw misuse(`--${ofForms} has no meaning with --to: Hooktide's formats say what receivers get`);
}

function readEvents(text: string | undefined, remarks: string[]): ReadonlySet<string> {
  if (!text) return new Set(ALL_STATES);
  const { events, unknown, mended, needless } = readStates(text);
  if (unknown.length > 0 || events.size === 0) {
    const what = unknown.length > 0 ? `${unknown.join(', ')}: no such state` : 'no state is named';
    throw misuse(`-e: ${what}. There are ${PROCESS_STATES.join(', ')}`);
  }
  for (const { written, event } of mended) remarks.push(`-e: ${JSON.stringify(written)} is taken for ${event}`);
  for (const name of needless) remarks.push(`-e: ${name} is not needed here: it belongs into events= of the section`);
  return events;
}

function remarkOnWords(words: readonly string[]): string {
  const { events, unknown } = readStates(words.join(','));
  const hint =
    events.size > 0 && unknown.length === 0 ? '. To name several states, quote them: -e "STARTING, RUNNING"' : '';
  return `ignored, as no option stands before it: ${words.join(' ')}${hint}`;
}
