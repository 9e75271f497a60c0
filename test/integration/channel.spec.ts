import { expect, it } from 'vitest';
import { Channel } from '../../src/database/channel.js';
import type { Database } from '../../src/database/database.js';
import { connect, eachOnItsOwnDatabase } from '../setup/queue.js';
import { query } from '../setup/server.js';
import { until } from '../setup/until.js';

let database: Database;
eachOnItsOwnDatabase((url) => (database = connect(url, 1)));

it('a channel leaves a server that takes no writes any more, and comes back once it does', async () => {
  const breaks: string[] = [];
  const channel = new Channel(database.url, (error) => breaks.push(error.message), 10_000, 20);
  const heard: string[] = [];
  channel.on('message', (payload) => heard.push(payload));
  await channel.open();
  const name = new URL(database.url).pathname.slice(1);
  const setReadOnly = async (isReadOnly: boolean): Promise<void> => {
    const change = `ALTER DATABASE ${name} SET default_transaction_read_only = ${isReadOnly}`;
    await query(database.url, `BEGIN READ WRITE; ${change}; COMMIT`);
    // It counts for new connections.
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hooktide channel'`,
    );
  };
  await setReadOnly(true);
  await until(() => breaks.includes('The server takes no writes.'));
  await setReadOnly(false);
  await until(async () => {
    await database.query(`SELECT pg_notify('hooktide', 'there')`);
    return heard.includes('there');
  });
  await channel.close();
  expect(breaks.length).toBeGreaterThan(1);
});
