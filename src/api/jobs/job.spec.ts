import { expect, it } from 'vitest';
import type { JobRow } from '../../queue/sql/job.js';
import { toJob } from './job.js';

const NOW = new Date('2026-11-22T10:00:00Z');
const ROW: JobRow = {
  id: 7,
  kind: 'replay',
  what: 'dead_letters',
  filter: {},
  ratePerSecond: null,
  state: 'running',
  total: 1_000,
  isTotalExact: true,
  done: 300,
  skipped: 100,
  waitsFor: null,
  error: null,
  ranMillis: 2_000,
  doneBefore: 100,
  nextInMillis: 0,
  workedBy: 'h:1:a',
  workedAt: NOW,
  createdAt: NOW,
  createdBy: 'ops',
  startedAt: NOW,
  finishedAt: null,
  now: NOW,
};

it('says how fast it is since it was resumed, and when it will be done', () => {
  expect(toJob(ROW)).toMatchObject({ perSecond: 100, estimatedEndAt: new Date('2026-11-22T10:00:06Z'), why: null });
});

it.each<[string, Partial<JobRow>]>([
  ['it is paused', { state: 'paused' }],
  ['it is over', { state: 'done' }],
  ['nothing was done yet', { done: 100 }],
  ['it has done one batch in no time', { ranMillis: 0 }],
  ['it was not begun', { ranMillis: null }],
])('has no speed and no end while %s', (_, change) => {
  expect(toJob({ ...ROW, ...change })).toMatchObject({ perSecond: null, estimatedEndAt: null });
});

it.each<[string, Partial<JobRow>]>([
  ['nobody could count', { total: null, isTotalExact: false }],
  ['there are more than were counted', { isTotalExact: false }],
])('has a speed, but no end, where %s', (_, change) => {
  expect(toJob({ ...ROW, ...change })).toMatchObject({ perSecond: 100, estimatedEndAt: null });
});

it('is to be done now where more was done than was counted', () => {
  expect(toJob({ ...ROW, done: 1_500 }).estimatedEndAt).toEqual(NOW);
});

it.each<[string | null, Partial<JobRow>]>([
  [null, {}],
  [null, { state: 'done' }],
  [null, { state: 'canceled', waitsFor: 'failed_before' }],
  ['paused', { state: 'paused', waitsFor: 'too_many_waiting' }],
  ['not_started', { startedAt: null }],
  ['too_many_waiting', { startedAt: null, waitsFor: 'too_many_waiting' }],
  ['failed_before', { waitsFor: 'failed_before', error: 'no room', nextInMillis: 1_500 }],
  ['failed', { state: 'failed', waitsFor: 'failed_before', error: 'no room' }],
])('waits for %s', (code, change) => {
  expect(toJob({ ...ROW, ...change }).why?.code ?? null).toBe(code);
});

it('says when it tries again, and why it has to', () => {
  const { why } = toJob({ ...ROW, waitsFor: 'failed_before', error: 'no room', nextInMillis: 1_500 });
  expect(why?.detail).toBe('Its last batch came to nothing, and is tried again in 2 s: no room');
});
