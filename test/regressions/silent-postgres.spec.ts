import { afterEach, expect, it } from 'vitest';
import { Channel } from '../../src/database/channel.js';
import { closeReceivers, startSocketServer } from '../setup/receivers.js';
import { until } from '../setup/until.js';

afterEach(closeReceivers);

it('a Postgres that accepts a connection and says nothing is given up, and asked again', async () => {
  const server = await startSocketServer(() => undefined);
  const breaks: string[] = [];
  const url = `postgres://nobody@127.0.0.1:${server.port}/none`;
  const channel = new Channel(url, (error) => breaks.push(error.message), 50);
  await channel.open();
  await until(() => breaks.length === 2);
  await channel.close();
  expect(breaks[0]).toMatch(/timeout/i);
  expect(server.connections()).toBe(2);
});
