import { describe, expect, it } from 'vitest';
import type { LeftOut } from '../queue/sql/left-out.js';
import { whyNothing } from './why-nothing.js';

const accepted = new Date('2026-11-22T10:00:00Z');
const update = { type: 'TASK' as const, requestId: 'r1', state: 'TASK_LOST', acceptedAt: accepted };
/** Hours after the update was accepted. */
const later = (hours: number) => new Date(accepted.getTime() + hours * 3_600_000);
const kept = { historyRetentionHours: 72, deadLetterRetentionHours: 336 };
const webhook: LeftOut = {
  webhookId: 'w',
  type: 'TASK',
  origin: 'client',
  isOfMode: true,
  filter: { applications: ['api-*', 'db'], requestIds: ['s*'], states: ['TASK_FAILED'] },
  registeredAt: new Date('2026-11-21T10:00:00Z'),
  matches: false,
  isOfType: true,
  application: 'web',
  passesApplication: true,
  passesRequestId: true,
  passesState: true,
  isChange: true,
};

describe('whyNothing', () => {
  it.each<[string, Partial<LeftOut>, object, string, string]>([
    [
      'of another type',
      { type: 'REQUEST', isOfType: false },
      {},
      'type',
      'It wants REQUEST updates, and this is a TASK',
    ],
    [
      'that filters the application',
      { passesApplication: false },
      {},
      'filter_application',
      'applications "api-*", "db" pass, and the update has "web"',
    ],
    [
      'that filters by application',
      { passesApplication: false, application: null },
      {},
      'filter_application',
      'the update has none',
    ],
    [
      'that filters the request',
      { passesRequestId: false },
      {},
      'filter_request_id',
      'request ids "s*" pass, and the update has "r1"',
    ],
    [
      'that filters the state',
      { passesState: false },
      {},
      'filter_state',
      'states "TASK_FAILED" pass, and the update has "TASK_LOST"',
    ],
    [
      'of another type, whatever its filter says',
      { type: 'REQUEST', isOfType: false, passesRequestId: false, passesState: false },
      {},
      'type',
      'It wants REQUEST updates, and this is a TASK',
    ],
    [
      'that filters all there is',
      { passesApplication: false, passesRequestId: false, passesState: false },
      {},
      'filter_application',
      'Its filter lets applications "api-*", "db" pass, and the update has "web". It lets request ids "s*" pass, and the update has "r1". It lets states "TASK_FAILED" pass, and the update has "TASK_LOST"',
    ],
    [
      'that is told of containers that change',
      { isChange: false },
      {},
      'no_change',
      'Its filter lets changes of a container pass, and the update is none: its container was in this state before',
    ],
    [
      'that is told of containers that change, and registered later: nobody followed them',
      { isChange: false, registeredAt: new Date('2026-11-23T00:00:00Z') },
      {},
      'registered_later',
      'at 2026-11-23T00:00:00.000Z, after the update was accepted',
    ],
    [
      'that is told of containers that change, of another application and registered later',
      { isChange: false, passesApplication: false, registeredAt: new Date('2026-11-23T00:00:00Z') },
      {},
      'filter_application',
      'Its filter lets applications "api-*", "db" pass, and the update has "web"',
    ],
    [
      'of Sail in SNS mode',
      { matches: true, isOfMode: false, origin: 'sail' },
      {},
      'sns_mode',
      'webhookQueue.alsoDeliverWebhooks is off',
    ],
    [
      'registered later',
      { matches: true, registeredAt: new Date('2026-11-23T00:00:00Z') },
      {},
      'registered_later',
      'at 2026-11-23T00:00:00.000Z, after the update was accepted at 2026-11-22T10:00:00.000Z',
    ],
    [
      'of a client in SNS mode',
      { matches: true, isOfMode: false, registeredAt: new Date('2026-11-23T00:00:00Z') },
      {},
      'sns_mode',
      'In SNS mode updates go to the topic of their type; webhookQueue.alsoDeliverWebhooks is off',
    ],
    [
      'of the config out of SNS mode',
      { matches: true, isOfMode: false, origin: 'config' },
      {},
      'postgres_mode',
      'webhookQueue.queueType is POSTGRES',
    ],
    [
      'that would not want it in any mode',
      { type: 'REQUEST', isOfType: false, isOfMode: false },
      {},
      'type',
      'It wants REQUEST updates, and this is a TASK',
    ],
    [
      'that got it long ago',
      { matches: true },
      {},
      'forgotten',
      'kept no longer (72 hours after it arrived, or 336 after it was dropped)',
    ],
  ])('says of a webhook %s why it got nothing', (_, facts, other, code, words) => {
    const why = whyNothing({ ...webhook, ...facts }, { ...update, ...other }, kept, later(72));
    expect(why.code).toBe(code);
    expect(why.detail).toContain(words);
  });

  it('does not speak of retention before it can be the reason', () => {
    const { detail } = whyNothing({ ...webhook, matches: true }, update, kept, later(71));
    expect(detail).toMatch(
      /the webhook was there: its dead letter was discarded, or its filter or the mode \(webhookQueue\) was another then$/,
    );
  });
});
