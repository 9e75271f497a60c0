import type { Accepted } from '../../../sources/ingest/ingest.service.js';
import { QUEUED_TYPES, UPDATE_TYPES, WEBHOOK_TYPES } from '../../../updates/update.js';
import type { Nothing } from '../../why-nothing.js';
import type { Update } from '../../update.js';
import { described, list, object, orNull, page, ref, text, time, view, whole, word, type Schema } from '../schema.js';
import { payload, shownPayload } from './payload.js';

export const updateType = (description: string): Schema => word(description, UPDATE_TYPES);
/** Of what webhooks may want. */
export const webhookType = (description: string): Schema => word(description, WEBHOOK_TYPES);
/** Of what waits, arrived or was dropped: also direct messages. */
export const queuedType = (description: string): Schema => word(description, QUEUED_TYPES);
export const requestId = text(
  'The request that it is about; of a direct message its job id; of the health of a webhook that webhook.',
);
export const deployId = orNull(text('The deploy that it is about. Null: none.'));
export const taskId = orNull(text('The task that it is about. Null: none.'));

const count = (what: string): Schema => whole(`How many of its deliveries ${what}.`, 0);

const UPDATE = view<Update>(
  'One change of a request, deploy or task, a crash loop, an elevated access or the health of a webhook.',
  {
    id: text('The id that Hooktide gave it. Ids follow the time of acceptance.', { format: 'uuid' }),
    clientId: orNull(text('The `id` that it was posted with. Null: it had none.')),
    type: queuedType(
      'What kind of thing changed; `MESSAGE`: it is a direct message; `WEBHOOK_HEALTH`: Hooktide tells of a webhook.',
    ),
    state: text(
      'What it became: the event type, task state or scope of its payload; `STARTED` or `RESOLVED` of a loop; the event of a webhook.',
    ),
    requestId,
    deployId,
    taskId,
    userId: orNull(text('Who was given access. Only of `ELEVATED_ACCESS`, else null.')),
    application: orNull(text('The `application` that it was posted with. Null: it had none.')),
    subject: text('The key of ordering: the task id, else `requestId/deployId`, else the request id.'),
    occurredAt: time('When it happened, as its payload says.'),
    acceptedAt: time('When Hooktide stored it.'),
    deliveries: object('How many of its deliveries are in each state.', {
      waiting: count('wait'),
      delivered: count('arrived, as far as history is kept'),
      dropped: count('are dead letters'),
    }),
  },
);

const OF_EVENT = 'The payload, as with plain updates.';

/** Updates, as they are posted and as they are shown. */
export const UPDATE_SCHEMAS: Record<string, Schema> = {
  NewUpdate: object(
    'An update to post.',
    {
      type: updateType('What kind of thing changed. Any case, and `-` for `_`, are taken too.'),
      payload: payload('What changed. It is delivered byte for byte as it is written here.'),
      id: text('An idempotency key of your own, at most 255 bytes: the same again counts once.', { minLength: 1 }),
      application: text('For webhooks that filter by application, at most 255 bytes.', { minLength: 1 }),
    },
    ['id', 'application'],
  ),
  NewCloudEvent: {
    type: 'object',
    description:
      'A CloudEvent (1.0, JSON format) whose data is a payload. Other attributes are left unread. Give `data` or `data_base64`.',
    required: ['specversion', 'type', 'source', 'id'],
    properties: {
      specversion: { const: '1.0', description: 'The version of CloudEvents.' },
      type: text('`io.hooktide.<type>`, `io.hooktide.<type>.<state>`, or the bare type of an update.', {
        examples: ['io.hooktide.deploy.starting', 'DEPLOY'],
      }),
      source: text('Who tells. `source` and `id` together are the idempotency key: 254 bytes at most.'),
      id: text('Which of the events of this source.'),
      application: orNull(text('An extension of Hooktide: as with plain updates.')),
      data: payload(OF_EVENT),
      data_base64: text(`${OF_EVENT} In Base64.`, { contentEncoding: 'base64' }),
    },
    oneOf: [{ required: ['data'] }, { required: ['data_base64'] }],
  },
  Accepted: view<Accepted>('What was accepted: it is stored, and so is what is owed for it.', {
    accepted: whole('How many updates, repeated ones included.', 0),
    deliveries: whole('How many deliveries are owed now. A repeated update owes none a second time.', 0),
    ids: list('One id for each update, in their order: the one it was posted with, else a new one.', text('An id.')),
  }),
  Update: UPDATE,
  UpdatePage: page('updates, newest first', ref('Update')),
  UpdateDetails: object('One update, and what became of it.', {
    update: {
      ...UPDATE,
      properties: {
        ...(UPDATE.properties as object),
        payload: shownPayload('The payload, byte for byte as it came. Only where `payload=true` asks for it.'),
      },
    },
    deliveries: page('what became of it, for each webhook: first its deliveries, then the webhooks that got none', {
      oneOf: [ref('Delivery'), ref('Nothing')],
    }),
  }),
  Nothing: view<Nothing>('A webhook that got nothing of an update.', {
    id: { type: 'null', description: 'There is no delivery.' },
    state: { const: 'none', description: 'Tells it from deliveries.' },
    webhookId: text('The webhook.'),
    why: described('Why it got nothing, as it stands now.', ref('Why')),
  }),
};
