import { ACTIONS } from '../../../webhooks/disabled-action.entity.js';
import { path, query } from '../parameters.js';
import type { Route } from '../route.js';
import { list, ref, text } from '../schema.js';

const tag = 'Switches';
const shape = 'singularity';
const ACTION = path('action', 'The action, in any case.', { enum: [...ACTIONS] });
const BY = 'ada';

/** Singularity's switches for actions of this API. */
export const SWITCHES: Route[] = [
  {
    method: 'post',
    path: '/api/disasters/disabled-actions/{action}',
    id: 'disableAction',
    tag,
    summary: 'Switch an action off',
    description:
      'For a move or an incident: from then on `ADD_WEBHOOK` refuses registrations, or `REMOVE_WEBHOOK` deletions, with a 409 that bears the message. `VIEW_WEBHOOKS` is a name that Singularity knows, and stops nothing. It lasts until the action is switched on again. Idempotent: once more writes message and user anew. Takes the scope `admin`.',
    parameters: [ACTION, query('user', text('Who does it, for the list.'))],
    body: {
      description: 'What to tell callers. It may be left out.',
      isOptional: true,
      content: { 'application/json': ref('SwitchOff') },
    },
    status: 204,
    answer: { description: 'It is off.' },
    refuses: { codes: ['invalid_input', 'bad_request', 'too_large', 'unsupported_media_type'], shape },
    examples: {
      withMessage: {
        summary: 'Nobody registers webhooks for now',
        values: { action: 'ADD_WEBHOOK', user: BY },
        body: { message: 'We are moving: register on Monday' },
      },
      plain: { summary: 'Without a message', values: { action: 'VIEW_WEBHOOKS' } },
    },
  },
  {
    method: 'delete',
    path: '/api/disasters/disabled-actions/{action}',
    id: 'enableAction',
    tag,
    summary: 'Switch an action on again',
    description: 'Idempotent: an action that is on stays on. Takes the scope `admin`.',
    parameters: [ACTION],
    status: 204,
    answer: { description: 'It is on.' },
    refuses: { codes: ['invalid_input', 'bad_request'], shape },
    examples: { on: { summary: 'Registrations are taken again', values: { action: 'ADD_WEBHOOK' } } },
  },
  {
    method: 'get',
    path: '/api/disasters/disabled-actions',
    id: 'listDisabledActions',
    tag,
    summary: 'List the actions that are off',
    description: 'All of them on one page.',
    status: 200,
    answer: { description: 'What is off.', schema: list('What is off.', ref('DisabledAction')) },
    refuses: { codes: [], shape },
    examples: {
      all: {
        summary: 'List them',
        answer: [{ type: 'VIEW_WEBHOOKS', message: 'Action is currently disabled', automaticallyClearable: false }],
      },
    },
  },
];
