import * as answers from '../answers/tokens.js';
import { AFTER, LIMIT, path } from '../parameters.js';
import type { Route } from '../route.js';
import { ref } from '../schema.js';

const tag = 'Tokens';
const shape = 'problem';

/** Tokens of the API. */
export const TOKENS: Route[] = [
  {
    method: 'post',
    path: '/api/tokens',
    id: 'createToken',
    tag,
    summary: 'Make a token',
    description:
      'The answer alone shows it: Hooktide keeps its SHA-256. Takes the scope `admin`, as the other routes for tokens do; where no token is asked for everybody may, so that there is a first one. That turns nothing on: `auth.mode: token` in the config does.\n\nWith an `application`, a token sends updates of that application only (one that names none gets it), and its other scopes count for the webhooks of that application under `/v1`; everything else is a 403.',
    body: { description: 'What it is to be.', content: { 'application/json': ref('NewToken') } },
    status: 201,
    answer: { description: 'It is made.', schema: ref('MadeToken') },
    refuses: {
      codes: ['invalid_input', 'bad_request', 'name_taken', 'too_large', 'unsupported_media_type'],
      shape,
    },
    examples: {
      ofApplication: {
        summary: 'One that sends updates of one application, for 90 days',
        body: { name: 'ci of web', scopes: ['ingest'], application: 'web', expiresInHours: 2_160 },
        answer: answers.MADE,
      },
      admin: {
        summary: 'One that may do everything, for ever',
        body: { name: 'operator', scopes: ['admin'] },
        answer: answers.MADE_OPERATOR,
      },
    },
  },
  {
    method: 'get',
    path: '/api/tokens',
    id: 'listTokens',
    tag,
    summary: 'List tokens',
    description:
      'In the order in which they were made; neither themselves nor what they are known by. What was revoked or has expired is forgotten after 90 days, when another one is made.',
    parameters: [LIMIT, AFTER],
    status: 200,
    answer: { description: 'One page.', schema: ref('TokenPage') },
    refuses: { codes: ['invalid_input'], shape },
    examples: { all: { summary: 'All of them', values: { limit: '10' }, answer: answers.LIST } },
  },
  {
    method: 'delete',
    path: '/api/tokens/{id}',
    id: 'revokeToken',
    tag,
    summary: 'Revoke a token',
    description:
      'From the answer on, the process that gave it takes the token no more. The others hear of it at once, or where they can not hear it, ask again within 10 seconds. A second call is a 404.',
    parameters: [path('id', 'The number of the token.', { pattern: '^[0-9]{1,15}$' })],
    status: 204,
    answer: { description: 'It is revoked.' },
    refuses: { codes: ['bad_request', 'token_not_found'], shape },
    examples: { one: { summary: 'The first one', values: { id: '1' } } },
  },
];
