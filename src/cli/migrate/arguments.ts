import { parse } from '../parse.js';

export const HELP = `Usage: hooktide migrate [--check] [--json]

Brings the database to the schema of this build, beside processes that go on running. Of several that begin at once, one
works and the others wait. The database is the one that the config names: DATABASE_URL, or HOOKTIDE_CONFIG and the
variables that the service has.

Options:
  --check     apply nothing: say what is missing
  --json      print JSON
  -h, --help  show this

Exit codes: 0 done, or up to date; 1 failed, or with --check something is missing; 2 misuse.
`;

/** What the command line asks for. */
export interface Wanted {
  isCheck: boolean;
  asJson: boolean;
}

const OPTIONS = {
  check: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Reads what follows `hooktide migrate`; null: help is asked for.
 * @throws ExitError with 2
 */
export function readArguments(args: string[]): Wanted | null {
  const { values } = parse('migrate', { args, options: OPTIONS });
  return values.help ? null : { isCheck: values.check, asJson: values.json };
}
