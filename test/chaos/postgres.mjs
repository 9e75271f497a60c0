// The Postgres of a run: an embedded one, which can be restarted, and in each of its databases what makes its clock wrong
// and its disk full.
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { freePort } from './listen.mjs';
import { until } from './until.mjs';

/** What was committed has to survive that Postgres is ended at once, but not that the machine is. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'on', full_page_writes: 'off', max_connections: '80' };
const ROLE = 'hooktide_chaos';
const PASSWORD = 'chaos';
const PATIENCE_MILLIS = 60_000;

/** Found before Postgres' own by whoever is connected as `ROLE`: `now()` is theirs. */
const SHADOWS = `
CREATE SCHEMA chaos;
CREATE TABLE chaos.fault (shift interval NOT NULL, is_full boolean NOT NULL);
INSERT INTO chaos.fault VALUES ('0', false);
CREATE FUNCTION chaos.now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN pg_catalog.now() + (SELECT shift FROM chaos.fault); END $$;
CREATE FUNCTION chaos.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN RETURN pg_catalog.clock_timestamp() + (SELECT shift FROM chaos.fault); END $$;
CREATE FUNCTION chaos.refuse_when_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT is_full FROM chaos.fault) THEN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NULL;
END $$;
GRANT USAGE ON SCHEMA chaos TO ${ROLE};
GRANT SELECT ON chaos.fault TO ${ROLE};`;

const WRITTEN = ['update', 'delivery', 'lane', 'history', 'dead_letter', 'idempotency_id'];

export class Postgres {
  #databases = 0;
  #busy = Promise.resolve();

  /** @param {{ folder: string, build: string }} options */
  constructor({ folder, build }) {
    this.dataDir = join(folder, 'postgres');
    this.build = build;
  }

  async start() {
    mkdirSync(this.dataDir, { recursive: true });
    const path = join(this.build, 'dist/src/database/embedded/embedded-postgres.js');
    const { startEmbeddedPostgres } = await import(pathToFileURL(path).href);
    this.port ??= await freePort();
    const settings = { ...SETTINGS, port: String(this.port) };
    this.server = await startEmbeddedPostgres({ dataDir: this.dataDir, log: () => undefined, settings });
  }

  /** Ends it by a signal, SIGINT (fast) or SIGQUIT (immediate), and starts it again on its port after a while. */
  restart(signal, pauseMillis) {
    const again = async () => {
      const pid = this.#pid();
      process.kill(pid, signal);
      await until(() => !isAlive(pid), PATIENCE_MILLIS, 'Postgres does not end');
      await this.server.stop();
      await new Promise((resolve) => setTimeout(resolve, pauseMillis));
      await this.start();
    };
    this.#busy = this.#busy.then(again);
    return this.#busy;
  }

  /** A database of its own for a round; `shadow` is to be called once Hooktide has made its tables. */
  async createDatabase() {
    const name = `round_${(this.#databases += 1)}`;
    const admin = new URL(this.server.url);
    if (this.#databases === 1) await this.#run(admin.href, `CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'`);
    await this.#run(admin.href, `CREATE DATABASE ${name} OWNER ${ROLE} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
    admin.pathname = `/${name}`;
    await this.#run(admin.href, SHADOWS);
    await this.#run(admin.href, `ALTER ROLE ${ROLE} IN DATABASE ${name} SET search_path = chaos, pg_catalog, public`);
    return new Database(name, admin.href, (url, text, values) => this.#run(url, text, values));
  }

  async stop() {
    await this.#busy;
    await this.server?.stop();
  }

  /** A connection for each statement: they are few, and Postgres may have been restarted since the last. */
  async #run(url, text, values) {
    const client = new pg.Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  #pid() {
    const cluster = readdirSync(this.dataDir).find((name) => existsSync(join(this.dataDir, name, 'postmaster.pid')));
    return Number(readFileSync(join(this.dataDir, cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }
}

/** One database, as the harness sees it: as superuser, and not through the proxy. */
class Database {
  constructor(name, url, run) {
    this.name = name;
    this.url = url;
    this.run = run;
  }

  /** What Hooktide is told: its role's, by way of the proxy. */
  urlAt(port) {
    return `postgres://${ROLE}:${PASSWORD}@127.0.0.1:${port}/${this.name}`;
  }

  /** Runs a statement, again and again while Postgres is away. */
  query(text, values) {
    return until(() => this.run(this.url, text, values).catch(unlessWrong), PATIENCE_MILLIS, 'Postgres is not back');
  }

  async shadow() {
    for (const table of WRITTEN) {
      await this.query(
        `CREATE TRIGGER chaos_full BEFORE INSERT OR UPDATE OR DELETE ON hooktide.${table}
         FOR EACH STATEMENT EXECUTE FUNCTION chaos.refuse_when_full()`,
      );
    }
  }

  shiftClock(seconds) {
    return this.query('UPDATE chaos.fault SET shift = make_interval(secs => $1)', [seconds]);
  }

  fillDisk(isFull) {
    return this.query('UPDATE chaos.fault SET is_full = $1', [isFull]);
  }

  /** Ends every `nth` of Hooktide's sessions. */
  endSessions(nth) {
    return this.query(
      `SELECT pg_terminate_backend(pid)
       FROM (SELECT pid, row_number() OVER (ORDER BY pid) AS place FROM pg_stat_activity WHERE usename = $1) AS s
       WHERE place % $2 = 0`,
      [ROLE, nth],
    );
  }

  /** How many sessions Hooktide may have from now on: -1, any number. */
  limitSessions(most) {
    return this.query(`ALTER DATABASE ${this.name} CONNECTION LIMIT ${most}`);
  }
}

/** SQLSTATEs that speak of the statement and not of the moment. */
function unlessWrong(error) {
  if (/^(42|22|23)/.test(error.code ?? '')) throw error;
  return null;
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
