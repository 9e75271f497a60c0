import { expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { InvalidInputError } from '../../src/errors/errors.js';
import { Lookups } from '../../src/queue/lookups.js';
import { createTestDatabase } from '../setup/database.js';

it('says what to ask for when there is too much to look through', async () => {
  const own = await createTestDatabase();
  const locker = new Database(own.url, 1, () => undefined);
  const reading = new Database(own.url, 1, () => undefined, 100);
  const found = await locker.transaction(async (sql) => {
    await sql.query('LOCK TABLE hooktide.dead_letter');
    return new Lookups(reading, ['client']).findDelivery(1).catch((error: unknown) => error);
  });
  await Promise.all([locker.close(), reading.close()]);
  await own.drop();
  expect(found).toBeInstanceOf(InvalidInputError);
  expect(found).toMatchObject({ field: 'since', message: expect.stringContaining('too much to look through') });
});
