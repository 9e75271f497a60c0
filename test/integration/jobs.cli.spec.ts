import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCli, type Ended } from '../setup/cli.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { addDropped, addWebhook, count, untilJob } from '../setup/jobs.js';

/** Each starts several processes one after the other, on whatever else the machine does. */
const SLOW_MILLIS = 120_000;
vi.setConfig({ testTimeout: SLOW_MILLIS });

let hooktide: Hooktide;
beforeAll(async () => {
  hooktide = await startHooktide({ env: { CHECK_WEBHOOKS_EVERY_MILLIS: '10000' } });
});
afterAll(() => hooktide.stop());

const run = (args: string[]): Promise<Ended> => runCli(['job', ...args], { env: { HOOKTIDE_URL: hooktide.url } });

it('tries a replay, makes it, lets it go on, shows and lists it', async () => {
  const lane = await addWebhook(hooktide, 'w');
  await addDropped(hooktide, lane, 30);
  await addDropped(hooktide, lane, 3, { reason: 'over_cap' });
  const which = ['-w', 'webhookId=w', '--where', 'reason=over_age'];
  expect(await run(['replay', 'dead_letters', ...which, '--dry-run'])).toMatchObject({ code: 0, out: '30\n' });
  expect(await count(hooktide, 'job')).toBe(0);

  const made = await run(['replay', 'dead_letters', ...which, '--rate', '1000', '--paused', '--json']);
  expect(made.code).toBe(0);
  const { id, state, ratePerSecond } = JSON.parse(made.out) as { id: number; state: string; ratePerSecond: number };
  expect([state, ratePerSecond]).toEqual(['paused', 1_000]);
  expect((await run(['resume', String(id)])).out).toMatch(/^Job 1, replay dead_letters: running, 0 of 30 done\n/);
  await untilJob(hooktide, id, 'done');
  expect((await run(['show', String(id)])).out).toBe('Job 1, replay dead_letters: done, 30 of 30 done\n');
  const [head, row] = (await run(['list'])).out.split('\n');
  expect(head).toMatch(/^ID {2}JOB +STATE +DONE +OF +FILTER +MADE BY$/);
  expect(row).toMatch(/^1 {3}replay dead_letters +done +30 +30 +\{"reason":"over_age","webhookId":"w"\} +anybody$/);

  const canceled = await run(['cancel', String(id)]);
  expect([canceled.code, canceled.err]).toEqual([1, 'Error: Job 1 is done: make another one to do the rest\n']);
});

it.each([
  [[], 'Write replay'],
  [['replay', 'dead_letters'], 'Write which ones'],
  [['replay', 'dead_letters', '--all', '-w', 'type=TASK'], 'Write which ones'],
  [['discard', 'dead_letters', '-w', 'type'], 'type is no condition'],
  [['replay', 'deliveries', '-w', 'type=TASK', '--rate', 'fast'], 'fast is no rate'],
  [['erase', 'r', '--rate', '5'], 'erase takes a request alone'],
  [['replay', 'deliveries', '-w', 'type=TASK', '--before', '2026-11-22'], '--before is for erase'],
  [['show', 'x'], 'x is no id of a job'],
  [['list', '--paused'], '--paused is for replay, discard and erase'],
])('takes %j for misuse', async (args, problem) => {
  const { code, out, err } = await run(args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(problem);
});
