import { loadConfig } from '../../config/load.js';
import { askSchemaState, migrate, type Applied } from '../../database/migrate.js';
import { ConfigError } from '../../errors/errors.js';
import { ExitError } from '../exit-error.js';
import { HELP, readArguments, type Wanted } from './arguments.js';

const NOTHING_TO_DO =
  'The config names no database: the embedded Postgres is brought to the schema of a build when that is started. There is nothing to do.';

/** `hooktide migrate`: brings the database to the schema of this build, or says what that would take. */
export async function migrateCommand(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  if (wanted === null) return say(HELP);
  const url = await told(async () => loadConfig(process.env).config.database.url);
  if (url === null) {
    return say(wanted.asJson ? toJson({ embedded: true, applied: [], missing: [], newer: [] }) : `${NOTHING_TO_DO}\n`);
  }
  return told(() => (wanted.isCheck ? check : apply)(url.reveal(), wanted));
}

async function check(url: string, { asJson }: Wanted): Promise<number> {
  const { missing, newer } = await askSchemaState(url);
  if (asJson) say(toJson({ embedded: false, applied: [], missing, newer }));
  else if (missing.length === 0) say(`The database has all that this build needs.\n${beyond(newer)}`);
  else say(`The database lacks:\n${missing.map((name) => `  ${name}\n`).join('')}${beyond(newer)}`);
  return missing.length === 0 ? 0 : 1;
}

async function apply(url: string, { asJson }: Wanted): Promise<number> {
  const applied: Applied[] = [];
  const { newer } = await migrate(url, {
    waiting: () => void process.stderr.write('Another process is at it: waiting for its end.\n'),
    applied: (migration) => {
      applied.push(migration);
      if (!asJson) say(`applied ${migration.name} in ${migration.millis} ms\n`);
    },
  });
  if (asJson) return say(toJson({ embedded: false, applied, missing: [], newer }));
  const nothing = applied.length === 0 ? 'Nothing was missing: the' : 'The';
  return say(`${nothing} database has all that this build needs.\n${beyond(newer)}`);
}

const beyond = (newer: readonly string[]): string =>
  newer.length === 0 ? '' : `A newer build has been at it, which this one can live with: ${newer.join(', ')}.\n`;

const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

/** What went wrong as a sentence for its user. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigError) throw new ExitError(2, `Error: ${error.message}`);
    const { message, code } = error as { message: string; code?: string };
    if (code === undefined && !/^(Connection terminated|timeout)/.test(message)) throw error;
    throw new ExitError(1, `Error: the database: ${message || code}. hooktide doctor says more.`);
  }
}
