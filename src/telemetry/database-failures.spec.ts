import { expect, it } from 'vitest';
import { DatabaseFailures } from './database-failures.js';
import { Metrics } from './metrics.js';

const nothing = (): void => undefined;

it('counts each failure, and says those of one kind every few seconds', async () => {
  const metrics = new Metrics();
  const said: unknown[] = [];
  const log = { debug: nothing, info: nothing, warn: nothing, error: (...line: unknown[]) => void said.push(line) };
  const failures = new DatabaseFailures(log, metrics);
  failures.failed('settle', new Error('gone'));
  failures.failed('settle', new Error('still gone'));
  failures.failed('claim', 'gone');
  failures.failed('what nobody has heard of', 'gone');
  expect(said).toEqual([
    ['database.failed', { doing: 'settle', error: 'gone' }],
    ['database.failed', { doing: 'claim', error: 'gone' }],
    ['database.failed', { doing: 'what nobody has heard of', error: 'gone' }],
  ]);
  const { text } = await metrics.expose();
  const counted = [...text.matchAll(/^hooktide_database_failures_total\{doing="(.+)"\} ([1-9].*)$/gm)];
  expect(counted.map(([, doing, count]) => [doing, count])).toEqual([
    ['settle', '2'],
    ['claim', '1'],
    ['other', '1'],
  ]);
});
