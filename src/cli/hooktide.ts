#!/usr/bin/env node
import { VERSION } from '../config/version.js';
import { ExitError } from './exit-error.js';
import { run, type Command } from './run.js';

/** Each command is loaded when it is called, so that none pays for the others. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  application: {
    summary: "add, list and delete an application's webhooks, as sail application webhook did",
    load: async () => (await import('./application/command.js')).application,
  },
  'check-config': {
    summary: 'say whether a start would take the config, and all that is wrong with it',
    load: async () => (await import('./check-config/command.js')).checkConfigCommand,
  },
  doctor: {
    summary: 'look at the config, the database, the ways out and what waits, and say what to do',
    load: async () => (await import('./doctor/command.js')).doctor,
  },
  migrate: {
    summary: 'bring the database to the schema of this build, or say what is missing',
    load: async () => (await import('./migrate/command.js')).migrateCommand,
  },
  job: {
    summary: 'replay, discard or erase many at once, and see how far it is',
    load: async () => (await import('./job/command.js')).job,
  },
  superhooks: {
    summary: 'tell a receiver, or a Hooktide, what happens to the programs of a supervisord',
    load: async () => (await import('./superhooks/command.js')).superhooks,
  },
  token: {
    summary: 'make, list and revoke tokens of the API',
    load: async () => (await import('./token/command.js')).token,
  },
};

/** What sail called its command beside `application`. */
const OF_SAIL = new Set(['a', 'app', 'apps', 'applications']);

const HELP = `Usage: hooktide <command> [options]

Commands:
${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`)
  .join('\n')}

Options:
  -h, --help      show this, or what a command takes: hooktide <command> --help
  --version       show the version

Exit codes: 0 done, 1 failed, 2 misuse.
`;

async function hooktide([name, ...args]: string[]): Promise<number> {
  if (name === '--version') return print(`${VERSION}\n`);
  if (name === '--help' || name === '-h') return print(HELP);
  if (name === undefined) throw new ExitError(2, HELP.trimEnd());
  const command = Object.hasOwn(COMMANDS, name)
    ? COMMANDS[name]
    : OF_SAIL.has(name)
      ? COMMANDS['application']
      : undefined;
  if (!command) throw new ExitError(2, `hooktide has no command ${name}: hooktide --help lists them`);
  return (await command.load())(args);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

await run(hooktide, process.argv.slice(2));
