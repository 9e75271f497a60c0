import { afterEach, expect, it } from 'vitest';
import { createTestDatabase } from '../setup/database.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { startProxy, type Proxy } from '../setup/proxy.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function start(): Promise<{ hooktide: Hooktide; proxy: Proxy }> {
  const database = await createTestDatabase();
  undo.push(() => database.drop());
  const proxy = await startProxy(database.url);
  undo.push(() => proxy.cut());
  const hooktide = await startHooktide({ database: { ...database, url: proxy.url } });
  undo.push(() => hooktide.stop());
  return { hooktide, proxy };
}

it('a process lives and is ready, and says so in plain JSON', async () => {
  const { hooktide } = await start();
  for (const path of ['/healthz', '/readyz']) {
    const { status, headers, text } = await hooktide.api('GET', path);
    expect([status, headers.get('content-type'), text]).toEqual([200, 'application/json', '{"status":"ok"}']);
  }
});

it('a process that lost its database lives, is not ready, asks to come again, and recovers by itself', async () => {
  const { hooktide, proxy } = await start();
  await proxy.cut();
  const unready = await hooktide.api('GET', '/readyz');
  expect(unready.status).toBe(503);
  expect(unready.json).toEqual({ status: 'unready', why: 'The database does not answer.' });
  expect((await hooktide.api('GET', '/healthz')).status).toBe(200);

  const refused = await hooktide.api('POST', '/api/updates', { ...requestUpdate('r'), id: 'x' });
  expect(refused.status).toBe(503);
  expect(refused.json).toMatchObject({ code: 'database_unavailable', detail: expect.stringContaining('ID ') });
  expect(refused.headers.get('retry-after')).toBe('5');
  const compat = await hooktide.api('GET', '/api/webhooks');
  expect(compat.status).toBe(503);
  expect(compat.json).toEqual({ code: 503, message: expect.stringContaining('database') });

  await proxy.mend();
  await until(async () => (await hooktide.api('GET', '/readyz')).status === 200);
  expect(await hooktide.post({ ...requestUpdate('r'), id: 'x' })).toMatchObject({ accepted: 1 });
});
