// How many updates are taken in a second, and what share of the bare insert of the same rows is that? By REST, one at a
// time and in arrays of 100 and 1 000, over 8 connections, into a service that doesn't dispatch, with one webhook: so an
// update is two rows, one of `update` and one of `delivery`. The insert writes the same two rows for each, with a text for
// each column, in one statement an array, over as many connections, and checks nothing.
import pg from 'pg';
import { fill } from './fill.mjs';
import { postUpdates, startHooktide } from './hooktide.mjs';
import { cpuMillis, familyCpuMillis } from './processes.mjs';
import { cell, digits, table, whole } from './tables.mjs';
import { nextUpdates } from './updates.mjs';

const ARRAYS = [1, 100, 1_000];
const CONNECTIONS = 8;
const WARM_UP_MILLIS = 1_000;

const INSERT = `
WITH stored AS (
  INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
  SELECT type, request_id, state, subject, to_timestamp(millis / 1000), payload
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[])
    AS u(type, request_id, state, subject, millis, payload)
  RETURNING id, subject
)
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
SELECT w.lane_id, s.id, s.subject, now() FROM stored AS s, hooktide.webhook AS w`;

/** Returns lists of what each run measured, by the length of the array: `{rest, insert}`. */
export async function measureIngest(bench) {
  const results = Object.fromEntries(ARRAYS.map((array) => [array, { rest: [], insert: [] }]));
  for (let run = 1; run <= bench.runs; run++) {
    for (const array of ARRAYS) {
      const insert = await askInsert(bench, array);
      const rest = await askRest(bench, array);
      results[array].insert.push(insert);
      results[array].rest.push({ ...rest, ratio: rest.perSecond / insert.perSecond });
      const rates = [insert, rest].map(({ perSecond }) => Math.round(perSecond));
      bench.say(`ingest ${run} of ${bench.runs}, arrays of ${array}: insert, REST: ${rates.join(', ')} a second`);
    }
  }
  return results;
}

async function prepare({ postgres }) {
  const database = await postgres.createDatabase();
  await fill(database, { uris: ['http://127.0.0.1:1/'] });
  await postgres.checkpoint();
  return database;
}

async function askRest(bench, array) {
  const database = await prepare(bench);
  const service = await startHooktide({ folder: bench.folder, databaseUrl: database.url, roles: ['api'] });
  const post = () => postUpdates(service.url, nextUpdates(array));
  const measured = await repeat(bench, array, post, service.pid);
  await service.end();
  await database.drop();
  return measured;
}

async function askInsert(bench, array) {
  const database = await prepare(bench);
  const pool = new pg.Pool({ connectionString: database.url, max: CONNECTIONS });
  pool.on('error', () => undefined);
  const insert = () => pool.query(INSERT, columnsOf(nextUpdates(array)));
  const measured = await repeat(bench, array, insert);
  await pool.end();
  await database.drop();
  return measured;
}

function columnsOf(updates) {
  const column = (read) => updates.map(read);
  return [
    column(({ type }) => type),
    column(({ payload }) => payload.request.id),
    column(({ payload }) => payload.eventType),
    column(({ payload }) => payload.request.id),
    column(({ payload }) => payload.createdAt),
    column(({ payload }) => JSON.stringify(payload)),
  ];
}

/** Sends arrays over all connections; counts those that are answered after the warm-up. */
async function repeat({ postgres, seconds }, array, send, pid) {
  let answered = 0;
  const until = performance.now() + WARM_UP_MILLIS + seconds * 1_000;
  const costs = () => ({ own: cpuMillis(pid), postgres: familyCpuMillis(postgres.pid) });
  let first;
  const loop = async () => {
    while (performance.now() < until) {
      await send();
      const at = performance.now();
      if (at < until - seconds * 1_000) continue;
      first ??= { at, ...costs() };
      answered += array;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, loop));
  const last = costs();
  return {
    perSecond: answered / ((performance.now() - first.at) / 1_000),
    senderCpu: ((last.own - first.own) * 1_000) / answered,
    postgresCpu: ((last.postgres - first.postgres) * 1_000) / answered,
  };
}

const row = (name, measured) => [
  name,
  cell(measured, 'perSecond', whole),
  cell(measured, 'ratio', digits(2)),
  cell(measured, 'senderCpu', whole),
  cell(measured, 'postgresCpu', whole),
];

export function describeIngest(results) {
  const rows = ARRAYS.flatMap((array) => {
    const name = array === 1 ? 'one by one' : `arrays of ${whole(array)}`;
    return [row(`bare insert, ${name}`, results[array].insert), row(`REST, ${name}`, results[array].rest)];
  });
  const head = ['', 'updates/s', '÷ insert', 'CPU µs an update', 'Postgres, CPU µs an update'];
  return { tables: [table(head, rows)], missed: [] };
}
