import { AFTER, LIMIT, path } from '../parameters.js';
import type { Route } from '../route.js';
import { ref } from '../schema.js';

const tag = 'Jobs';
const shape = 'problem';
const ID = path('id', 'The number of the job.', { pattern: '^[0-9]{1,15}$' });
const TURN = ['bad_request', 'job_not_found', 'job_is_over', 'unsupported_media_type'] as const;

const AT = '2026-11-22T10:00:00.000Z';
const base = { createdAt: AT, createdBy: 'anybody', startedAt: null, finishedAt: null, error: null };
const NONE = { total: 0, isTotalExact: true, done: 0, skipped: 0, perSecond: null, estimatedEndAt: null, ...base };
const NOT_STARTED = 'No process with the role dispatch has come to it yet: that takes a second';
const notStarted = { code: 'not_started', detail: NOT_STARTED };
const pausedAs = (id: number) => ({
  code: 'paused',
  detail: `It is paused: POST /api/jobs/${id}/resume lets it go on`,
});

const DISCARD = { kind: 'discard', of: 'dead_letters', filter: { requestId: 'nobody' } };
const ERASE = { kind: 'erase', of: 'request', filter: { requestId: 'nobody', before: '2026-11-22T10:00:00Z' } };
const REPLAY = { kind: 'replay', of: 'deliveries', filter: { requestId: 'nobody' }, ratePerSecond: 50 };
const discarding = { id: 1, ...DISCARD, ratePerSecond: null };
const erasing = { id: 2, ...ERASE, ratePerSecond: null };
const replaying = { id: 3, ...REPLAY };

/** What is too many for one request. */
export const JOBS: Route[] = [
  {
    method: 'post',
    path: '/api/jobs',
    id: 'createJob',
    tag,
    summary: 'Replay, discard or erase many at once',
    description:
      'What is too many for one request is done by a job, batch by batch: it can be paused, resumed and canceled, goes on after a restart where it was, and does each exactly once. Each batch is a transaction of its own, so the queue is never kept waiting for more than one.\n\n`replay` and `discard` are what the routes under `/api/dead-letters` and `/api/deliveries` do, for any number, and take the same filter. A replay queues no more than `ratePerSecond`, and waits while `maxWaitingDeliveries` wait. `erase` deletes all that is known of a request: its updates, deliveries that wait, dead letters, history, states of its tasks, containers and idempotency ids. It takes the scope `admin`. What a dispatcher has in memory already may still leave once. The audit log and jobs go on naming the request by its id.\n\nWith `dryRun` nothing is made: the answer says how many there are.',
    body: { description: 'What is to be done.', content: { 'application/json': ref('NewJob') } },
    status: 202,
    answer: { description: 'It is made, and begins within a second.', schema: ref('Job') },
    otherAnswers: {
      200: {
        description: 'A dry run: so many there are.',
        content: { 'application/json': { schema: ref('Matching') } },
      },
    },
    refuses: { codes: ['invalid_input', 'bad_request', 'too_large', 'unsupported_media_type'], shape },
    examples: {
      discard: {
        summary: 'Discard the dead letters of a request',
        body: DISCARD,
        answer: { ...discarding, state: 'running', why: notStarted, ...NONE },
      },
      erase: {
        summary: 'Erase a request, when somebody says so',
        body: { ...ERASE, paused: true },
        answer: { ...erasing, state: 'paused', why: pausedAs(2), ...NONE },
      },
      replay: {
        summary: 'Send again what a request had delivered, slowly, when somebody says so',
        body: { ...REPLAY, paused: true },
        answer: { ...replaying, state: 'paused', why: pausedAs(3), ...NONE },
      },
    },
  },
  {
    method: 'get',
    path: '/api/jobs',
    id: 'listJobs',
    tag,
    summary: 'List jobs',
    description:
      'The newest first. Those that have ended are kept for `auditRetentionHours`.\n\n`next` goes into `after` for the page that follows.',
    parameters: [LIMIT, AFTER],
    status: 200,
    answer: { description: 'One page.', schema: ref('JobPage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      newest: {
        summary: 'The newest one',
        values: { limit: '1' },
        answer: { items: [{ ...replaying, state: 'paused', why: pausedAs(3), ...NONE }], next: '3' },
      },
    },
  },
  {
    method: 'get',
    path: '/api/jobs/{id}',
    id: 'getJob',
    tag,
    summary: 'How far is a job?',
    description: 'One job: its state, how far and how fast it is, when it will be done, and why it waits if it does.',
    parameters: [ID],
    status: 200,
    answer: { description: 'The job.', schema: ref('Job') },
    refuses: { codes: ['invalid_input', 'bad_request', 'job_not_found'], shape },
    examples: {
      done: {
        summary: 'The first one',
        values: { id: '1' },
        answer: { ...discarding, state: 'done', why: null, ...NONE, startedAt: AT, finishedAt: AT },
      },
    },
  },
  {
    method: 'post',
    path: '/api/jobs/{id}/pause',
    id: 'pauseJob',
    tag,
    summary: 'Pause a job',
    description:
      'The batch that is under way is waited for; after the answer no other begins until the job is resumed. Idempotent. 409 when it has ended.',
    parameters: [ID],
    status: 200,
    answer: { description: 'It is paused.', schema: ref('Job') },
    refuses: { codes: [...TURN], shape },
    examples: {
      paused: {
        summary: 'One that is paused already',
        values: { id: '3' },
        answer: { ...replaying, state: 'paused', why: pausedAs(3), ...NONE },
      },
    },
  },
  {
    method: 'post',
    path: '/api/jobs/{id}/resume',
    id: 'resumeJob',
    tag,
    summary: 'Have a job go on',
    description: 'It goes on where it was. Also one that has failed. Idempotent. 409 when it is done or canceled.',
    parameters: [ID],
    status: 200,
    answer: { description: 'It goes on.', schema: ref('Job') },
    refuses: { codes: [...TURN], shape },
    examples: {
      resumed: {
        summary: 'The one that waits for it',
        values: { id: '2' },
        answer: { ...erasing, state: 'running', why: notStarted, ...NONE },
      },
    },
  },
  {
    method: 'post',
    path: '/api/jobs/{id}/cancel',
    id: 'cancelJob',
    tag,
    summary: 'End a job',
    description:
      'The batch that is under way is waited for; after the answer no other begins. What was done stays done. 409 when it has ended.',
    parameters: [ID],
    status: 200,
    answer: { description: 'It has ended.', schema: ref('Job') },
    refuses: { codes: [...TURN], shape },
    examples: {
      canceled: {
        summary: 'The one that is paused',
        values: { id: '3' },
        answer: { ...replaying, state: 'canceled', why: null, ...NONE, finishedAt: AT },
      },
    },
  },
  {
    method: 'get',
    path: '/api/storage',
    id: 'listTables',
    tag,
    summary: 'How much is kept, and for how long?',
    description:
      'Every table with its size, the time of its oldest row, and after how many hours its rows go. It costs the same however much there is.',
    status: 200,
    answer: { description: 'All tables.', schema: ref('Storage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: {
      all: {
        summary: 'All of them',
        answer: {
          tables: [
            { table: 'audit', rows: 24, bytes: 98_304, oldestAt: AT, keptHours: 2_160 },
            { table: 'history', rows: 3, bytes: 114_688, oldestAt: AT, keptHours: 72 },
          ],
        },
      },
    },
  },
];
