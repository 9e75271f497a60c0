import { AUDITED } from '../../../database/audit.js';
import { AFTER, LIMIT, query } from '../parameters.js';
import type { Route } from '../route.js';
import { ref, text, time, word } from '../schema.js';

const at = (description: string) => ({ ...time(description), type: ['string', 'integer'] });

/** Who changed what. */
export const AUDIT: Route[] = [
  {
    method: 'get',
    path: '/api/audit',
    id: 'listChanges',
    tag: 'Audit',
    summary: 'List who changed what',
    description:
      'The newest first. Each is written down by the transaction that makes the change, so that none is missing and none is made up; what was refused changes nothing. What is done to many at once has an entry for each batch. It is kept for `auditRetentionHours`. Takes the scope `admin`.',
    parameters: [
      query('webhookId', text('Only those of this webhook, and replays and discards whose filter names it.')),
      query('actor', text('Only what this one did, by its exact name.')),
      query('action', word('Only this.', AUDITED)),
      query('since', at('Only at this time or later: ISO 8601 with its zone, or epoch milliseconds.')),
      query('until', at('Only before this time.')),
      LIMIT,
      AFTER,
    ],
    status: 200,
    answer: { description: 'One page.', schema: ref('ChangePage') },
    refuses: { codes: ['invalid_input'], shape: 'problem' },
    examples: {
      tokens: {
        summary: 'Who revoked tokens',
        values: { action: 'token.revoked', limit: '1' },
        answer: {
          items: [
            {
              id: 23,
              at: '2026-11-22T10:00:00.000Z',
              actor: 'anybody',
              actorKind: 'open',
              address: '127.0.0.1',
              action: 'token.revoked',
              target: 'ci of web',
              details: { tokenId: 1 },
            },
          ],
          next: null,
        },
      },
    },
  },
];
