import { afterAll, beforeAll, expect, it } from 'vitest';
import { sling } from '../setup/hook-slinger.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';

/** It was compared before anybody asked how often its address had guessed: so a right guess got in after any number. */

let hooktide: Hooktide;
beforeAll(async () => {
  hooktide = await startHooktide({ env: { HOOK_SLINGER_API_TOKEN: 'correct-horse' } });
});
afterAll(() => hooktide.stop());

it('a right guess of the token of the config gets in no more than another, once its address is slowed', async () => {
  const message = { to_url: 'http://127.0.0.1:9/', payload: {} };
  const statuses = [];
  for (const n of Array(10).keys()) statuses.push((await sling(hooktide, message, `guess-${n}`)).status);
  expect(statuses).toEqual(Array(10).fill(403));
  const { status, headers } = await sling(hooktide, message, 'correct-horse');
  expect([status, Number(headers['retry-after']) > 0]).toEqual([429, true]);
  expect(await hooktide.sql('SELECT id FROM hooktide.update')).toEqual([]);
});
