import type { Parameter } from './route.js';
import { LIMIT as PAGE } from '../page.js';
import { text, time, whole, type Schema } from './schema.js';

/** Parameters that several routes know. */

export const path = (name: string, description: string, more: Schema = {}): Parameter => ({
  name,
  in: 'path',
  description,
  schema: { type: 'string', ...more },
});

export const query = (name: string, { description, ...schema }: Schema): Parameter => ({
  name,
  in: 'query',
  description: String(description),
  schema,
});

export const header = (name: string, { description, ...schema }: Schema): Parameter => ({
  ...query(name, { description, ...schema }),
  in: 'header',
});

/** What breaks the grammar is left unread, and refused by nobody. */
export const OF_TRACE = [
  header('traceparent', text('The trace that the receivers go on with (W3C Trace Context).')),
  header('tracestate', text('What tracing systems add to it.')),
];

export const WEBHOOK_IN_PATH = path('webhookId', 'The id of the webhook, percent-encoded: a `/` in it is `%2F`.');
export const WEBHOOK_IN_QUERY: Parameter = {
  ...query('webhookId', text('The id of the webhook. Raw, encoded once or encoded twice: it is found.')),
  required: true,
};
export const DELIVERY_IN_PATH = path('id', 'The number of the delivery.', { pattern: '^[0-9]{1,15}$' });

export const OF_WEBHOOK = query('webhookId', text('Only those of this webhook.'));
export const OF_REQUEST = query('requestId', text('Only those about this request.'));
export const OF_UPDATE = query(
  'updateId',
  text("Only those of this update: Hooktide's id or the one it was posted with."),
);
/** Epoch milliseconds are taken, too. */
const at = (description: string): Schema => ({ ...time(description), type: ['string', 'integer'] });
export const SINCE = query(
  'since',
  at('Only of updates accepted at this time or later: ISO 8601 with its zone, or epoch milliseconds.'),
);
export const UNTIL = query('until', at('Only of updates accepted before this time.'));
export const LIMIT = query('limit', { ...whole('How many to a page.', 1, 1_000), default: PAGE });
export const AFTER = query('after', text('What `next` said on the page before. Left out: the first page.'));
