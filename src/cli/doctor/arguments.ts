import { parse } from '../parse.js';

export const HELP = `Usage: hooktide doctor [options]

Looks at what a Hooktide needs, as this machine and this config have it: the config, the database, the ways out, SNS where
it is configured, the processes and what waits. Nothing is changed, and nothing is sent to anybody.

Options:
  --reach URI   may a webhook go there, and does it get there? Looks the name up, connects and shakes hands, no more.
                Several by several --reach
  --webhook ID  the same for a registered webhook, with its own TLS settings and narrowing
  --json        print JSON
  -h, --help    show this

Exit codes: 0 all is ok or a warning, 1 something fails, 2 misuse.
`;

/** What the command line asks for. */
export interface Wanted {
  uris: string[];
  webhookIds: string[];
  asJson: boolean;
}

const OPTIONS = {
  reach: { type: 'string', multiple: true },
  webhook: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Reads what follows `hooktide doctor`; null: help is asked for.
 * @throws ExitError with 2
 */
export function readArguments(args: string[]): Wanted | null {
  const { values } = parse('doctor', { args, options: OPTIONS });
  if (values.help) return null;
  return { uris: values.reach ?? [], webhookIds: values.webhook ?? [], asJson: values.json };
}
