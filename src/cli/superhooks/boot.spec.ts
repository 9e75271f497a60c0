import { expect, it } from 'vitest';
import { startOf } from './boot.js';

it('tells a process from others by its start, and knows none that is not there', async () => {
  const start = await startOf(process.pid);
  expect(start).not.toBeNull();
  expect(await startOf(process.pid)).toBe(start);
  expect(await startOf(process.ppid)).not.toBe(start);
  expect(await startOf(2 ** 30)).toBeNull();
});

it.skipIf(process.platform !== 'linux')('names no time of day, which is another once the clock is set', async () => {
  expect(await startOf(process.pid)).toMatch(/^[\da-f]{0,8}\.\d+$/);
});
