import { MOST_LOOKED_AT, type MessageCounts } from '../../../queue/sql/message-counts.js';
import type { MessageStatus } from '../../../queue/sql/messages.js';
import { MOST_NAMED, type ProcessRow } from '../../../queue/sql/processes.js';
import type { DeletedMessages, ReplayedMessages } from '../../message-actions.service.js';
import type { Message } from '../../message.js';
import { described, flag, list, orNull, page, ref, text, time, view, whole, words, type Schema } from '../schema.js';

export const STATUSES: Record<MessageStatus, string> = {
  queued: 'it is due, and no process has taken on the lane of its origin',
  started:
    'a process works on the lane, and it is among the first sixteen there that are due: it is under way, or about to be',
  scheduled: 'an attempt failed, and the next one is due later',
  finished: 'it arrived',
  failed: 'its attempts are used up: it is kept as a dead letter',
};

/** The fields of a message, which the answer to one alone has, too. */
export const MESSAGE = view<Message>('One message to one URL, as its newest delivery does: a replay is a new one.', {
  id: text('Its job id.'),
  status: words('What it is doing.', STATUSES),
  group: orNull(text('The `group` that it was sent with. Null: none.')),
  tag: orNull(text('The `tag` that it was sent with. Null: none.')),
  uri: text('Where it goes, as it was given.'),
  hasAuthorization: flag('Whether it has a header `Authorization` of its own, which is never shown.'),
  createdAt: time('When Hooktide stored it.'),
  attempts: whole('How many attempts there were.', 0),
  retriesLeft: orNull(whole('How many retries follow where the next attempt fails. Null: there is no limit.', 0)),
  nextTryAt: orNull(time('When it is tried next, at the earliest. Null: not by itself.')),
  lastTriedAt: orNull(time('When the last attempt ended. Null: there was none.')),
  finishedAt: orNull(time('When it arrived. Null: it did not.')),
  failedAt: orNull(time('When it was given up. Null: it was not.')),
  isReplay: flag('Whether it was replayed.'),
  why: described('Why it is in this state.', ref('Why')),
  lastOutcome: orNull(ref('LastOutcome')),
  updateId: text("Hooktide's id of it, by which `/api/updates` knows it.", { format: 'uuid' }),
  deliveryId: whole('The number of its newest delivery, by which `/api/deliveries` knows it.', 1),
  webhookId: text('The lane of its origin: `message:http://host:port`. It can be paused and resumed like a webhook.'),
});

const count = (status: MessageStatus): Schema => whole(`How many are \`${status}\`.`, 0);

/** Direct messages, and processes. */
export const MESSAGE_SCHEMAS: Record<string, Schema> = {
  Message: MESSAGE,
  MessagePage: page('messages, newest first', ref('Message')),
  MessageDetails: {
    ...MESSAGE,
    properties: {
      ...(MESSAGE.properties as object),
      payload: { type: 'object', description: 'The payload. Only where `payload=true` asks for it.' },
    },
  },
  MessageCounts: view<MessageCounts>('How many messages are in each status.', {
    queued: count('queued'),
    started: count('started'),
    scheduled: count('scheduled'),
    finished: count('finished'),
    failed: count('failed'),
    isExact: flag(
      `False: there are more. At most ${MOST_LOOKED_AT} rows are looked at of what waits, of what arrived and of what was dropped.`,
    ),
  }),
  ReplayedMessages: view<ReplayedMessages>('What is sent again.', {
    replayed: whole('How many are sent again, each as a new delivery.', 0),
  }),
  DeletedMessages: view<DeletedMessages>('What is gone.', { deleted: whole('How many messages are gone.', 0) }),
  Process: view<ProcessRow>('A process of Hooktide.', {
    id: text('Names it in leases: its host, its pid, and what tells it from another with these.'),
    host: text('The name of its host, or container.'),
    pid: whole('The number that the host knows it by.', 0),
    version: text('The version of Hooktide.'),
    roles: list('What it does.', text('A role.')),
    startedAt: time('When it started.'),
    seenAt: time('When it was heard of last: every five seconds it says that it is there.'),
    isAlive: flag('Whether it was heard of within 20 seconds.'),
    delivered: whole('How many attempts arrived since its start.', 0),
    failed: whole('How many attempts did not.', 0),
    inFlight: whole('How many attempts were under way when it was heard of.', 0),
    lanes: whole('How many lanes it holds, so that no other process sends for them.', 0),
    webhookIds: list(`Whose lanes these are: the first ${MOST_NAMED}.`, text('A webhook.')),
  }),
  ProcessPage: page('processes', ref('Process')),
};
