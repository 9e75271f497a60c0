import { DROPPED } from './delivery.js';
import { queuedType } from './update.js';
import {
  flag,
  list,
  number,
  object,
  open,
  orNull,
  page,
  ref,
  text,
  time,
  view,
  whole,
  words,
  type Schema,
} from '../schema.js';
import { JOB_WHYS, type Job } from '../../jobs/job.js';
import type { Matching } from '../../jobs/jobs.service.js';
import { JOBS, MOST_PER_SECOND } from '../../jobs/new-job.js';
import type { StoredTable } from '../../jobs/storage.js';

const KIND: Record<Job['kind'], string> = {
  replay: 'sends again',
  discard: 'deletes dead letters',
  erase: 'deletes all that is known of a request',
};
const OF: Record<Job['of'], string> = {
  dead_letters: 'what was dropped',
  deliveries: 'what was delivered',
  request: 'the updates of one request',
};
const STATES: Record<Job['state'], string> = {
  running: 'it goes on, or waits for what `why` says',
  paused: 'somebody has paused it',
  done: 'nothing that was there when it was made is left to do',
  canceled: 'somebody has ended it; what was done stays done',
  failed: 'it has given up; it can be resumed',
};

const moment = (description: string): Schema => ({ ...time(description), type: ['string', 'integer'] });
const which = text('Only of this webhook.');
const ofUpdates = {
  webhookId: which,
  updateId: text("Only of this update: Hooktide's id or the one it was posted with."),
  requestId: text('Only about this request.'),
  type: queuedType('Only of updates of this type.'),
  reason: words('Of dead letters, only those with this reason.', DROPPED),
  since: moment('Only of updates accepted at this time or later: ISO 8601 with its zone, or epoch milliseconds.'),
  until: moment('Only of updates accepted before this time.'),
  before: moment('Of a request that is erased: only what was accepted before this time.'),
};

/** What is too many for one request. */
export const JOB_SCHEMAS: Record<string, Schema> = {
  NewJob: object(
    'A job that is to be.',
    {
      kind: words('What it does.', KIND),
      of: words(
        `To what. ${Object.entries(JOBS)
          .map(([kind, of]) => `\`${kind}\`: ${of.map((it) => `\`${it}\``).join(' or ')}`)
          .join('; ')}.`,
        OF,
      ),
      filter: object(
        'Which ones; the fields narrow together. `{}` names all dead letters. `erase` takes `requestId` and `before`, `before` goes with nothing else, and `reason` with dead letters.',
        ofUpdates,
        Object.keys(ofUpdates),
      ),
      ratePerSecond: orNull(
        whole('It does no more a second. Null: as fast as it goes. Not for `erase`.', 1, MOST_PER_SECOND),
      ),
      paused: flag('It does nothing before it is resumed.'),
      dryRun: flag('Nothing is made and nothing done: the answer says how many there are.'),
    },
    ['ratePerSecond', 'paused', 'dryRun'],
  ),
  Matching: view<Matching>('What a job would be about.', {
    matching: orNull(whole('So many. Null: counting takes too long.', 0)),
    isExact: flag('Whether it is all of them: beyond 100 000 nobody counts on.'),
  }),
  Job: view<Job>('A job, and how far it is.', {
    id: whole('Its number.', 1),
    kind: words('What it does.', KIND),
    of: words('To what.', OF),
    filter: open('Which ones, as it was given.', {}),
    ratePerSecond: orNull(whole('It does no more a second.', 1)),
    state: words('How it stands.', STATES),
    why: orNull(
      object('Why it does nothing at the moment. Null: it does, or has ended.', {
        code: words('The reason.', JOB_WHYS),
        detail: text('The same as a sentence.'),
      }),
    ),
    total: orNull(whole('How many there were when it was made. Null: nobody could count them in time.', 0)),
    isTotalExact: flag('False: there are more than `total`, or nobody knows.'),
    done: whole('How many it has done: deliveries, dead letters, or updates that are erased.', 0),
    skipped: whole('How many it has left as they are, for their webhooks are deleted.', 0),
    perSecond: orNull(number('How many it did a second, since it was started or resumed.', { minimum: 0 })),
    estimatedEndAt: orNull(time('When it will be done, if it goes on like that.')),
    createdAt: time('When it was made.'),
    createdBy: text('Who made it: what it does is done in this name.'),
    startedAt: orNull(time('When its first batch was done.')),
    finishedAt: orNull(time('When it was done, was canceled or failed.')),
    error: orNull(text('Why its last batch came to nothing.')),
  }),
  JobPage: page('jobs, the newest first', ref('Job')),
  StoredTable: view<StoredTable>('A table, and how much is in it.', {
    table: text('Its name.'),
    rows: orNull(whole('How many rows it has: an estimate, as of the last vacuum. Null: there was none yet.', 0)),
    bytes: whole('With its indexes, and what is stored apart.', 0),
    oldestAt: orNull(
      time(
        'When the oldest row was written; of `delivery` and `history`, when the oldest update was accepted that they name. Null: the table is empty, or not kept in that order.',
      ),
    ),
    keptHours: orNull(
      number('Rows go when they are older. Null: they stay as long as they are needed.', { minimum: 0 }),
    ),
  }),
  Storage: object('How much is kept.', { tables: list('Every table, by name.', ref('StoredTable')) }),
};
