// Fills a queue in bulk, by SQL: the rows that the API would write, in fewer and larger statements, where it is not the
// question how they come in. Then it has Postgres look after them, as it does by itself with time.
import pg from 'pg';
import { migrate } from '../dist/src/database/migrate.js';
import { bodies } from './updates.mjs';

const DELIVERIES_A_STATEMENT = 50_000;
const BYTES_A_STATEMENT = 64 * 1024 * 1024;

const WEBHOOKS = `
WITH registered AS (
  INSERT INTO hooktide.webhook (id, lane_id, type, uri, "timestamp")
  SELECT $2 || position, nextval(pg_get_serial_sequence('hooktide.lane', 'id')), 'REQUEST', uri,
         (extract(epoch FROM now()) * 1000)::bigint
  FROM unnest($1::text[]) WITH ORDINALITY AS u(uri, position)
  RETURNING lane_id, id
)
INSERT INTO hooktide.lane (id, webhook_id) OVERRIDING SYSTEM VALUE SELECT lane_id, id FROM registered`;

/** In the order of the API: updates before deliveries, and these by update and lane. */
const UPDATES = `
WITH stored AS (
  INSERT INTO hooktide.update (type, request_id, state, subject, occurred_at, payload)
  SELECT 'REQUEST', 'request-' || number, 'CREATED', 'request-' || number, now(), ($1::text[])[1 + number]
  FROM (SELECT (position + $3) % cardinality($1::text[]) AS number FROM generate_series(0, $2 - 1) AS position) AS n
  RETURNING id, subject
)
INSERT INTO hooktide.delivery (lane_id, update_id, subject, age_from)
SELECT w.lane_id, s.id, s.subject, now() FROM stored AS s CROSS JOIN hooktide.webhook AS w
WHERE starts_with(w.id, $4) ORDER BY s.id, w.lane_id`;

/**
 * Brings an empty database to Hooktide's schema, registers these uris, and queues at least so many deliveries for them, in
 * equal parts. A second group needs a name of its own, and gets none of the updates of the first. Returns how many it queued.
 */
export async function fill(database, { uris, deliveries = 0, bytes, group = 'webhook' }) {
  await migrate(database.url);
  return query(database, async (client) => {
    await client.query(WEBHOOKS, [uris, `${group}-`]);
    const updates = Math.ceil(deliveries / uris.length);
    const page = Math.ceil(Math.min(DELIVERIES_A_STATEMENT / uris.length, BYTES_A_STATEMENT / (bytes ?? 1)));
    for (let done = 0; done < updates; done += page) {
      await client.query(UPDATES, [bodies(bytes), Math.min(page, updates - done), done, `${group}-`]);
    }
    await client.query('VACUUM (ANALYZE)');
    return updates * uris.length;
  });
}

/** With a connection of its own. */
export async function query(database, ask) {
  const client = new pg.Client(database.url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
