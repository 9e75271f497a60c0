import { describe, expect, it } from 'vitest';
import { stateOf, type StateFacts, type WebhookState } from './webhook-state.js';

const fresh: StateFacts = {
  pausedAt: null,
  disabledAt: null,
  disabledReason: null,
  restingUntil: null,
  isResting: false,
  failingSince: null,
  failedSubjects: 0,
  lastSuccessAt: null,
  hasOwnRhythm: false,
  waiting: 1,
};
const T1 = new Date('2026-01-01T00:00:00Z');
const T2 = new Date('2026-01-02T00:00:00Z');
const failing = { failingSince: T1, failedSubjects: 2 };
const resting = { restingUntil: T2, isResting: true };
const rested = { restingUntil: T2, isResting: false };

describe('the state of a webhook', () => {
  it.each<[Partial<StateFacts>, WebhookState, string]>([
    [{}, 'active', 'Active, but nothing was delivered yet.'],
    [{ lastSuccessAt: T1 }, 'active', 'Active: the last delivery succeeded at 2026-01-01T00:00:00.000Z.'],
    [
      { failedSubjects: 1 },
      'active',
      'Active, but nothing was delivered yet: one subject has failed, and is tried again at each poll.',
    ],
    [
      { lastSuccessAt: T1, failedSubjects: 1, hasOwnRhythm: true },
      'active',
      'Active: the last delivery succeeded at 2026-01-01T00:00:00.000Z; one subject has failed since, and is tried again when it is due.',
    ],
    [
      failing,
      'failing',
      'Failing since 2026-01-01T00:00:00.000Z: two subjects have failed since the last success. One delivery is tried at each poll.',
    ],
    [
      { failingSince: T1, failedSubjects: 1 },
      'failing',
      'Failing since 2026-01-01T00:00:00.000Z: every subject that waits has failed since the last success. One delivery is tried at each poll.',
    ],
    [
      { failedSubjects: 1, waiting: 0 },
      'active',
      'Active, but nothing was delivered yet: one subject has failed. Nothing waits: what failed was dropped, and its dead letters say why.',
    ],
    [
      { ...failing, hasOwnRhythm: true, waiting: 0 },
      'failing',
      'Failing since 2026-01-01T00:00:00.000Z: two subjects have failed since the last success. Nothing waits: what failed was dropped, and its dead letters say why.',
    ],
    [
      { ...failing, hasOwnRhythm: true },
      'failing',
      'Failing since 2026-01-01T00:00:00.000Z: two subjects have failed since the last success. Failed deliveries are tried again when they are due.',
    ],
    [
      { ...failing, ...rested, hasOwnRhythm: true },
      'failing',
      'Failing since 2026-01-01T00:00:00.000Z: two subjects have failed since the last success. One delivery is tried at each poll.',
    ],
    [
      { ...failing, ...resting },
      'resting',
      'Resting until 2026-01-02T00:00:00.000Z, as the receiver asked: then one delivery is tried at each poll until one succeeds.',
    ],
    [
      rested,
      'resting',
      'The rest that the receiver asked for ended at 2026-01-02T00:00:00.000Z: one delivery is tried at each poll until one succeeds.',
    ],
    [
      { ...failing, ...resting, disabledAt: T1 },
      'disabled',
      'The receiver answered 410 Gone at 2026-01-01T00:00:00.000Z: updates go on queueing, and nothing is sent; change it with PATCH, or resume it with POST …/resume.',
    ],
    [
      { ...failing, disabledAt: T1, disabledReason: 'failing' },
      'disabled',
      'Disabled at 2026-01-01T00:00:00.000Z, after it had failed for disableFailingWebhooksAfterHours: updates go on queueing, and nothing is sent; change it with PATCH, or resume it with POST …/resume.',
    ],
    [
      { ...failing, ...resting, pausedAt: T2 },
      'paused',
      'Paused since 2026-01-02T00:00:00.000Z: updates go on queueing; resume it with POST …/resume.',
    ],
    [
      { pausedAt: T2, disabledAt: T1, disabledReason: 'gone' },
      'paused',
      'Paused since 2026-01-02T00:00:00.000Z: updates go on queueing; resume it with POST …/resume. The receiver answered 410 Gone at 2026-01-01T00:00:00.000Z: resuming tries it again.',
    ],
  ])('of %j is %s', (facts, state, why) => {
    expect(stateOf({ ...fresh, ...facts })).toEqual({ state, why });
  });
});
