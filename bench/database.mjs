// The Postgres of a benchmark: an embedded one with fsync on and a data folder of its own, or that of DATABASE_URL.
// Each question gets a new database in it, whose rows nobody has touched.
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../dist/src/database/embedded/embedded-postgres.js';
import { parentOf } from './processes.mjs';

/** @param undo takes steps to be done at the end, the last one first */
export async function openPostgres(folder, undo) {
  const url = process.env.DATABASE_URL ?? (await startOwn(folder, undo));
  const client = new pg.Client(url);
  // Told to end, it may see Postgres end first.
  client.on('error', () => undefined);
  await client.connect();
  undo.push(() => client.end());
  const show = async (setting) => Object.values((await client.query(`SHOW ${setting}`)).rows[0])[0];
  let created = 0;
  return {
    version: (await show('server_version')).split(' ')[0],
    fsync: await show('fsync'),
    pid: await postmasterOf(client, url),
    /** What was written before must not be paid for by what is measured next. Not everybody may ask for it. */
    checkpoint: () => client.query('CHECKPOINT').catch(() => undefined),
    async createDatabase() {
      const name = `hooktide_bench_${process.pid}_${++created}`;
      const drop = () => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      undo.push(drop);
      await client.query(`CREATE DATABASE ${name}`);
      const its = new URL(url);
      its.pathname = `/${name}`;
      return { url: its.toString(), drop };
    },
  };
}

async function startOwn(folder, undo) {
  const starting = startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: () => undefined });
  // Told to end while it starts, it has to be stopped once it has.
  undo.push(() =>
    starting.then(
      (postgres) => postgres.stop(),
      () => undefined,
    ),
  );
  return (await starting).url;
}

/** The parent of all backends, if it runs on this machine. */
async function postmasterOf(client, url) {
  if (!['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname)) return undefined;
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return parentOf(rows[0].pid, 'postgres');
}
