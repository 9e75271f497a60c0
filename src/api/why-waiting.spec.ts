import { describe, expect, it } from 'vitest';
import { whyWaiting, type Clock, type Waiting } from './why-waiting.js';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, seconds));
/** Polls at 10:00:00, 10:00:10, …; it is 10:00:03. */
const clock: Clock = { now: at(3), nextPoll: at(10), everyMillis: 10_000 };
const untried: Waiting = {
  type: 'REQUEST',
  attempts: 0,
  waitingSince: at(0),
  lastTriedAt: null,
  dueAt: null,
  closedAt: null,
  pausedAt: null,
  disabledAt: null,
  disabledReason: null,
  retry: null,
  restingUntil: null,
  failingSince: null,
  leasedBy: null,
  blockedBy: null,
  blockerDueAt: null,
  blockerAttempts: null,
  before: 0,
  isAlone: true,
  outcome: null,
};
const failing = { attempts: 1, failingSince: at(1), isAlone: false };
const ownRhythm = { policy: 'constant', delayMillis: 20_000 } as const;
const blocked = { blockedBy: 7, blockerAttempts: 2 };
const NOBODY = 'No dispatcher has come for 3 polls, though it was due: is a process with the role dispatch running?';
const lease = { leasedBy: 'host:1:abc' };
const direct = { type: 'MESSAGE', retry: ownRhythm } as const;

describe('whyWaiting', () => {
  it.each<[string, Partial<Waiting>, string, Date | null, string]>([
    [
      'untried',
      {},
      'in_line',
      at(10),
      'come before it: 0. It goes as soon as a dispatcher takes the webhook on, next at the poll at 2026-11-22T10:00:10.000Z',
    ],
    ['untried behind 3', { before: 3 }, 'in_line', at(10), 'come before it: 3. It goes'],
    ['untried behind many', { before: 100 }, 'in_line', at(10), 'come before it: 100 or more. It goes'],
    ['held by a dispatcher', lease, 'in_line', null, 'host:1:abc is sending to the webhook'],
    [
      'failed once',
      { attempts: 1 },
      'retry',
      at(10),
      'failed once, and is tried again at the next poll: at 2026-11-22T10:00:10.000Z',
    ],
    [
      'failed twice, with a due time',
      { attempts: 2, dueAt: at(25), retry: ownRhythm },
      'retry',
      at(25),
      'failed 2 times, and is tried again by the retry policy',
    ],
    [
      'failed for its token server',
      { attempts: 1, outcome: { reason: 'token_refused', detail: 'The token server …', durationMillis: 1 } },
      'retry',
      at(10),
      '10.000Z. Nothing was sent, as the token server gave no token: look at the auth of the webhook',
    ],
    [
      'failing for a key that is missing',
      { ...failing, outcome: { reason: 'unreadable_secrets', detail: 'What is secret …', durationMillis: 0 } },
      'failing',
      null,
      'once one arrives. Nothing was sent, as what is secret of it could not be read: give every process the keys',
    ],
    ['overdue', { attempts: 2, dueAt: at(1), retry: ownRhythm }, 'retry', at(3), '2026-11-22T10:00:03.000Z'],
    [
      'in a failing lane',
      failing,
      'failing',
      null,
      'is failing since 2026-11-22T10:00:01.000Z: one of its deliveries is tried at each poll, next at 2026-11-22T10:00:10.000Z',
    ],
    ['alone in a failing lane', { ...failing, isAlone: true }, 'failing', at(10), 'tried at each poll'],
    ['untried in a failing lane', { ...failing, attempts: 0 }, 'failing', null, 'tried at each poll'],
    [
      'in a failing lane whose policy is the poll',
      { ...failing, retry: { policy: 'poll' } },
      'failing',
      null,
      'tried at each',
    ],
    [
      'in a failing lane with due times',
      { ...failing, retry: ownRhythm, dueAt: at(25) },
      'retry',
      at(25),
      'retry policy',
    ],
    [
      'behind a failed one',
      blocked,
      'blocked',
      null,
      'Delivery 7, of the same subject, has failed 2 times and comes first: it is tried again at 2026-11-22T10:00:10.000Z',
    ],
    [
      'behind a failed one with a due time',
      { ...blocked, blockerDueAt: at(25) },
      'blocked',
      null,
      'again at 2026-11-22T10:00:25.000Z',
    ],
    ['behind a failed one in a failing lane', { ...failing, ...blocked }, 'blocked', null, 'Delivery 7'],
    [
      'in a lane that rests',
      { ...failing, ...blocked, restingUntil: at(25) },
      'resting',
      at(30),
      'until 2026-11-22T10:00:25.000Z. At 2026-11-22T10:00:30.000Z',
    ],
    ['in a lane that rests until a poll', { restingUntil: at(30) }, 'resting', at(30), 'one delivery is tried'],
    ['whom nobody comes for', { waitingSince: at(-28) }, 'in_line', at(10), `at ${at(10).toISOString()}. ${NOBODY}`],
    [
      'whom nobody comes for again',
      { waitingSince: at(-60), attempts: 1, lastTriedAt: at(-28) },
      'retry',
      at(10),
      NOBODY,
    ],
    ['in a lane whose rest is over', { restingUntil: at(1) }, 'resting', at(10), 'At 2026-11-22T10:00:10.000Z'],
    [
      'for a disabled webhook',
      { ...failing, disabledAt: at(2), restingUntil: at(25) },
      'disabled',
      null,
      '410 Gone at 2026-11-22T10:00:02.000Z',
    ],
    [
      'for a paused webhook',
      { pausedAt: at(2), disabledAt: at(1) },
      'paused',
      null,
      'is paused since 2026-11-22T10:00:02.000Z',
    ],
    [
      'for a deleted webhook',
      { pausedAt: at(2), closedAt: at(2) },
      'deleted',
      null,
      'was deleted at 2026-11-22T10:00:02.000Z',
    ],
    [
      'that is a direct message',
      { ...direct, before: 3 },
      'in_line',
      at(10),
      'Messages to its origin that wait since before: 3. It goes as soon as a dispatcher takes the origin on',
    ],
    [
      'that is a direct message, in the hands of a dispatcher',
      { ...direct, ...lease },
      'in_line',
      null,
      'to the origin:',
    ],
    [
      'that is a direct message, and has failed',
      { ...direct, attempts: 2, dueAt: at(25) },
      'retry',
      at(25),
      'failed 2 times, and is tried again by its own retry policy: at 2026-11-22T10:00:25.000Z',
    ],
    [
      'that is a direct message, to a paused lane',
      { ...direct, pausedAt: at(2) },
      'paused',
      null,
      'The lane of its origin',
    ],
  ])('says of one %s why it waits, and when it is tried next', (_, facts, code, nextTryAt, words) => {
    const found = whyWaiting({ ...untried, ...facts }, clock);
    expect([found.why.code, found.nextTryAt]).toEqual([code, nextTryAt]);
    expect(found.why.detail).toContain(words);
  });

  it.each<[string, Partial<Waiting>]>([
    ['waits for three polls', { waitingSince: at(-27) }],
    ['was tried since', { waitingSince: at(-60), attempts: 1, lastTriedAt: at(0) }],
    ['was not due', { waitingSince: at(-60), attempts: 1, lastTriedAt: at(-50), dueAt: at(2), retry: ownRhythm }],
    ['rested', { waitingSince: at(-60), restingUntil: at(1) }],
    ['rested beside others', { waitingSince: at(-60), restingUntil: at(-50), isAlone: false }],
    ['is paused', { waitingSince: at(-60), pausedAt: at(-50) }],
    ['has a dispatcher at work on its webhook', { waitingSince: at(-60), ...lease }],
  ])('does not ask for a dispatcher where one %s', (_, facts) => {
    expect(whyWaiting({ ...untried, ...facts }, clock).why.detail).not.toContain('No dispatcher');
  });
});
