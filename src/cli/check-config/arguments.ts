import { misuse, parse } from '../parse.js';

export const HELP = `Usage: hooktide check-config [FILE] [options]

Says whether a start would take the config, and all that is wrong with it. It asks no database and no network: the files
that keys name are read, as the start reads them.

FILE is laid over config/default.yaml, in the place of the one that HOOKTIDE_CONFIG names. Variables of the environment
(DATABASE_URL, HOOKTIDE_…) count as they do at the start.

Options:
  --print     print every key with the value that counts, as YAML; what is secret as ***
  --json      print JSON
  -h, --help  show this

Exit codes: 0 good, 2 bad.
`;

/** What the command line asks for. */
export interface Wanted {
  /** Undefined: what HOOKTIDE_CONFIG names. */
  file: string | undefined;
  asJson: boolean;
  isPrinted: boolean;
}

const OPTIONS = {
  print: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Reads what follows `hooktide check-config`; null: help is asked for.
 * @throws ExitError with 2
 */
export function readArguments(args: string[]): Wanted | null {
  const { values, positionals } = parse('check-config', { args, options: OPTIONS, allowPositionals: true });
  if (values.help) return null;
  const [file, ...rest] = positionals;
  if (rest.length > 0) throw misuse('check-config', 'That is one word too many');
  return { file, asJson: values.json, isPrinted: values.print };
}
