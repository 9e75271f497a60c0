import type { ActorKind, Audited, AuditRow } from '../../../database/audit.js';
import { open, orNull, page, text, time, view, whole, words, type Schema } from '../schema.js';

export const ACTIONS: Record<Audited, string> = {
  'webhook.registered': 'a webhook, a hook of Sail, or a topic of the config is new',
  'webhook.changed': 'some of its fields are others: `details.fields` names them',
  'webhook.paused': 'it is paused',
  'webhook.resumed': 'it goes on',
  'webhook.secret_replaced': 'it has a new secret',
  'webhook.disabled':
    'its receiver wants no more: it has answered 410; or it has failed for `disableFailingWebhooksAfterHours`, as `details` say then',
  'webhook.deleted': 'it is gone',
  'webhook.tested': 'a test was sent to it',
  'action.disabled': 'a switch of `/api/disasters` is off',
  'action.enabled': 'it is on again',
  'dead_letter.replayed': 'so many dead letters were sent again: `details.replayed`',
  'dead_letter.discarded': 'so many are gone: `details.discarded`',
  'delivery.replayed': 'so much of what had arrived was sent again: `details.replayed`',
  'message.replayed': 'so many direct messages were sent again: `details.replayed`',
  'message.deleted': 'so many are gone: `details.deleted`',
  'job.created': 'a job is made: `details` says what it does, and to what',
  'job.paused': 'it is paused: `details.done` says how far it was',
  'job.resumed': 'it goes on',
  'job.canceled': 'it does no more',
  'request.erased': 'so many updates of a request are gone, with all that is known of them: `details.erased`',
  'token.created': 'a token is made',
  'token.revoked': 'it is revoked',
};

const KINDS: Record<ActorKind, string> = {
  token: 'whoever bears the token of this name',
  file: 'whoever bears the token of `auth.tokenFile`',
  jwt: 'the subject of a JWT',
  open: 'anybody, as no token was asked for',
  command: 'a user of the command line, in the database',
  config: 'the config, at a start, or by a limit of it',
  receiver: 'the receiver, by its answer',
};

/** Who changed what. */
export const AUDIT_SCHEMAS: Record<string, Schema> = {
  Change: view<AuditRow>('A change, and who made it.', {
    id: whole('Its number: later ones have higher numbers.', 1),
    at: time('When it was made.'),
    actor: text('The name of who made it.'),
    actorKind: words('What that name means.', KINDS),
    address: orNull(text('Where the call came from: a proxy, if one stands before Hooktide. Null: nobody called.')),
    action: words('What was done.', ACTIONS),
    target: orNull(
      text(
        'To what: the id of a webhook, a delivery, a message, a job or a request, the name of a token or a switch. Null: to all that `details.filter` names.',
      ),
    ),
    details: open('Names of fields, filters and numbers; values of fields are never written down.', {}),
  }),
  ChangePage: page('changes, the newest first', { $ref: '#/components/schemas/Change' }),
};
