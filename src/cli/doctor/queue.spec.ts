import { describe, expect, it } from 'vitest';
import type { ProcessRow } from '../../queue/sql/processes.js';
import type { Survey } from '../../queue/sql/survey.js';
import { connectionsOf, judgeConnections, judgeProcesses, judgeQueue, judgeWebhooks } from './queue.js';

const CALM: Survey = {
  webhooks: 3,
  paused: 0,
  disabled: 0,
  failing: [],
  failingCount: 0,
  oldestWaitingSeconds: null,
  oldestWaitingFor: null,
  unattended: 0,
  lastHeardSeconds: 3,
  deadLettersOfDay: 0,
};
const process = (more: Partial<ProcessRow>): ProcessRow => ({
  id: 'h:1:a',
  host: 'h',
  pid: 1,
  version: '1.0.0',
  roles: ['api', 'dispatch'],
  startedAt: new Date(0),
  seenAt: new Date(0),
  isAlive: true,
  delivered: 0,
  failed: 0,
  inFlight: 0,
  lanes: 2,
  webhookIds: [],
  ...more,
});

describe('processes', () => {
  it.each([
    ['none, and nothing waits', [], {}, 'warn', 'No process is alive, heard of 3 s ago'],
    ['none, and something waits', [], { oldestWaitingSeconds: 1 }, 'fail', 'No process is alive'],
    ['dead ones', [process({ isAlive: false })], { lastHeardSeconds: 7_200 }, 'warn', 'heard of 2 h ago'],
    ['none that dispatches', [process({ roles: ['api'] })], {}, 'warn', '1 alive, but none dispatches'],
    ['one', [process({})], {}, 'ok', '1 alive (1.0.0), of which 1 dispatch; they hold 2 lanes'],
    ['two builds', [process({}), process({ version: '1.1.0' })], {}, 'ok', '2 alive (1.0.0, 1.1.0)'],
  ] as const)('%s', (_, processes, survey, state, says) => {
    const finding = judgeProcesses(processes, { ...CALM, ...survey });
    expect([finding.state, finding.says]).toEqual([state, expect.stringContaining(says)]);
  });
});

describe('connections', () => {
  it.each([
    [4, 'ok', '4 processes with 21 each take up to 84 of 97; 9 are open now'],
    [5, 'warn', '5 processes with 21 each take up to 105 of 97'],
    [0, 'ok', '1 process with 21 each'],
  ])('of %i processes', (alive, state, says) => {
    const settings = { max_connections: '100', superuser_reserved_connections: '3' };
    const finding = judgeConnections(alive, connectionsOf({ settings, connections: 9 }, 10));
    expect([finding.state, finding.says]).toEqual([state, expect.stringContaining(says)]);
  });
});

const stateAfter = (oldestWaitingSeconds: number) =>
  judgeQueue({ ...CALM, oldestWaitingSeconds, unattended: 1 }, 100).state;

describe('the queue', () => {
  it.each([
    ['is empty', {}, 'ok'],
    ['waits for a moment', { oldestWaitingSeconds: 100, unattended: 2 }, 'ok'],
    ['waits for long, but for webhooks that fail', { oldestWaitingSeconds: 1_000, unattended: 0 }, 'ok'],
    ['waits for long', { oldestWaitingSeconds: 101, unattended: 2 }, 'warn'],
  ])('%s', (_, survey, state) => {
    expect(judgeQueue({ ...CALM, ...survey }, 10_000).state).toBe(state);
  });

  it('of a quick poll is looked at after a minute', () => {
    expect([60, 61].map(stateAfter)).toEqual(['ok', 'warn']);
  });
});

it('webhooks that fail are named, the first five', () => {
  expect(judgeWebhooks(CALM).state).toBe('ok');
  expect(judgeWebhooks({ ...CALM, paused: 2 }).state).toBe('ok');
  expect(judgeWebhooks({ ...CALM, disabled: 1 })).toMatchObject({
    state: 'warn',
    todo: expect.stringContaining('resume'),
  });
  const failing = ['a', 'b', 'c', 'd', 'e', 'f'];
  expect(judgeWebhooks({ ...CALM, failing, failingCount: 30 })).toMatchObject({
    state: 'warn',
    says: '3 registered, 0 paused, 0 disabled, 30 failing',
    todo: 'GET /api/webhooks/{id} says why: a, b, c, d, e and 25 more. "hooktide doctor --webhook a" looks at the way there.',
  });
});
