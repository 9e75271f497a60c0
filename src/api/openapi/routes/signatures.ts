import * as answers from '../answers/webhooks.js';
import { WEBHOOK_IN_PATH } from '../parameters.js';
import type { Route } from '../route.js';
import { ref } from '../schema.js';

const tag = 'Signatures';

/** How receivers know that a delivery is Hooktide's: docs/signatures.md. */
export const SIGNATURES: Route[] = [
  {
    method: 'post',
    path: '/api/webhooks/{webhookId}/secret',
    id: 'rotateSecret',
    tag,
    summary: 'Replace the secret of a webhook',
    description:
      'Deliveries are signed by the new secret from now on, and for the overlap by the old one as well: a receiver that knows either of them verifies each delivery. A webhook without a secret gets one. The secret is shown this once.\n\nNot idempotent: each call makes another secret. At most five sign at once; with `overlapHours` 0 all old ones end.',
    parameters: [WEBHOOK_IN_PATH],
    body: { description: 'How to.', isOptional: true, content: { 'application/json': ref('Rotation') } },
    status: 200,
    answer: { description: 'The new secret.', schema: ref('NewSecret') },
    refuses: {
      codes: ['invalid_input', 'bad_request', 'webhook_not_found', 'too_large', 'unsupported_media_type'],
      shape: 'problem',
    },
    examples: {
      overlap: {
        summary: 'The old one signs on for two days',
        values: { webhookId: 'web-deploys' },
        body: { overlapHours: 48 },
        answer: answers.ROTATED,
      },
      atOnce: {
        summary: 'The old ones are known to somebody who should not know them: they end at once',
        values: { webhookId: 'web-deploys' },
        body: { overlapHours: 0 },
        answer: { ...answers.ROTATED, oldSecretUntil: null },
      },
    },
  },
  {
    method: 'get',
    path: '/.well-known/hooktide-keys',
    id: 'listPublicKeys',
    tag,
    summary: 'List the public keys for signatures of v1a',
    description:
      "For receivers, who need no token. Where the config has `signing.keysFile`, each signed delivery bears a signature of `v1a` by each of its keys, beside those by the webhook's own secret. Without one the list is empty.",
    isPublic: true,
    status: 200,
    answer: { description: 'All keys, as the config has them.', schema: ref('PublicKeys') },
    examples: { none: { summary: 'Where the config has none', answer: { keys: [] } } },
  },
];
