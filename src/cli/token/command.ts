import { HELP, readArguments, type Wanted } from './arguments.js';
import { registryByApi } from './by-api.js';
import { create } from './create.js';
import { list } from './list.js';
import type { Registry } from './registry.js';
import { revoke } from './revoke.js';

/** `hooktide token`: makes, lists and revokes tokens of the API. */
export async function token(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  process.stdout.write(wanted === null ? HELP : await answerTo(wanted));
  return 0;
}

async function answerTo(wanted: Wanted): Promise<string> {
  const registry = await open(wanted.inDatabase);
  try {
    return await run(registry, wanted);
  } finally {
    await registry.close();
  }
}

/** What only `--database` needs is loaded for it alone. */
async function open(inDatabase: boolean): Promise<Registry> {
  if (!inDatabase) return registryByApi(process.env);
  return (await import('./by-database.js')).registryInDatabase(process.env);
}

function run(registry: Registry, wanted: Wanted): Promise<string> {
  switch (wanted.action) {
    case 'create':
      return create(registry, wanted.token, wanted.asJson);
    case 'revoke':
      return revoke(registry, wanted.id, wanted.asJson);
    default:
      return list(registry, wanted.asJson);
  }
}
