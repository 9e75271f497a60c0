import { path, query } from '../parameters.js';
import type { Route } from '../route.js';
import { list, object, ref, text, word } from '../schema.js';

const tag = 'Sail';
const shape = 'sail';
const APPLICATION = path('application', 'The name of the application: any but one with `/` or `*`.', {
  maxLength: 255,
});
const ASKED = {
  ...query('url', text('The url, encoded once, or twice as the command line does, or not at all.')),
  required: true,
};
const parameters = [APPLICATION];
const HOOK = '/v1/applications/{application}/hook';
const values = { application: 'toto' };
const url = 'http://127.0.0.1:8099/sail';
const other = 'http://127.0.0.1:8099/sail?of=ops';
const HOOKS = list('All of them.', ref('SailHook'));

/** Sail Above's routes of an application's webhooks, as its command line calls them. */
export const SAIL: Route[] = [
  {
    method: 'get',
    path: '/v1/_ping',
    id: 'pingSail',
    tag,
    summary: 'Ask whether this is the place',
    description: 'Where this is answered by https, the command line goes on by https, else by http. Open to everybody.',
    isPublic: true,
    status: 200,
    answer: { description: 'It is.', schema: object('Always the same.', { status: word('Always ok.', ['ok']) }) },
    examples: { here: { summary: 'It is', answer: { status: 'ok' } } },
  },
  {
    method: 'get',
    path: '/v1/users',
    id: 'readSailUser',
    tag,
    summary: 'Ask who calls',
    description:
      "The user's name is the application of whoever names none. It comes by HTTP Basic, and may be any: the password alone counts.",
    status: 200,
    answer: { description: 'The user.', schema: object('A user.', { name: text('As HTTP Basic has it.') }) },
    refuses: { codes: ['invalid_input'], shape },
    parameters: [
      {
        name: 'authorization',
        in: 'header',
        description: 'HTTP Basic: any user, and the token as the password.',
        schema: { type: 'string' },
      },
    ],
    examples: {
      basic: {
        summary: 'The user toto',
        values: { authorization: 'Basic dG90bzpzM2NyZXQ=' },
        answer: { name: 'toto' },
      },
    },
  },
  {
    method: 'post',
    path: HOOK,
    id: 'addSailHook',
    tag,
    summary: "Add a url to an application's webhooks",
    description:
      "From then on it gets every change of a container's state: of tasks whose update names this application, else whose request's group it is, else whose request. Each comes in Sail's payload, in the order of its container; what fails is tried ten times more within two hours, as `retry` of the format `sail` says.\n\nA url is refused if it isn't of http or https, and if it names an address that egress refuses, loopback by default. Credentials in it (`http://user:password@…`) are sent as HTTP Basic.\n\nIdempotent: the same url again is answered with 200. It takes a new password, and brings back a hook whose receiver answered 410 Gone; a pause stays. The hook stands in the registry as a webhook of its own, which can be read, paused, resumed and tested there, but isn't in Singularity's lists. 409 while somebody has switched `ADD_WEBHOOK` off.",
    parameters,
    body: { description: 'The url.', content: { 'application/json': ref('SailHook') } },
    status: 201,
    answer: { description: 'It is added.', schema: ref('SailHook') },
    otherAnswers: {
      200: {
        description: 'It was there already.',
        content: { 'application/json': { schema: ref('SailHook') } },
      },
    },
    refuses: {
      codes: ['invalid_input', 'bad_request', 'action_disabled', 'too_large', 'unsupported_media_type'],
      shape,
    },
    examples: {
      plain: { summary: 'Add one', values, body: { url }, answer: { url } },
      another: { summary: 'Add another', values, body: { url: other }, answer: { url: other } },
    },
  },
  {
    method: 'get',
    path: HOOK,
    id: 'listSailHooks',
    tag,
    summary: "List an application's webhooks",
    description: 'As they were given, credentials included, in the order in which they were added.',
    parameters,
    status: 200,
    answer: { description: 'The webhooks; of an application that has none, none.', schema: HOOKS },
    refuses: { codes: ['invalid_input', 'bad_request'], shape },
    examples: { all: { summary: 'List them', values, answer: [{ url }, { url: other }] } },
  },
  {
    method: 'get',
    path: '/v1/applications',
    id: 'listSailApplications',
    tag,
    summary: 'List the applications that have webhooks',
    description: 'In the order of their names. Of others Hooktide knows nothing but what their updates say.',
    status: 200,
    answer: { description: 'The names.', schema: list('All of them.', text('The name of an application.')) },
    refuses: { codes: [], shape },
    examples: { all: { summary: 'List them', answer: ['toto'] } },
  },
  {
    method: 'delete',
    path: HOOK,
    id: 'deleteSailHook',
    tag,
    summary: "Delete a url from an application's webhooks",
    description:
      'It gets nothing more, and what waits for it becomes dead letters with the reason `webhook_deleted`. The password in the url may be another. 409 while somebody has switched `REMOVE_WEBHOOK` off.',
    parameters: [APPLICATION, ASKED],
    status: 200,
    answer: { description: 'It is gone.', schema: ref('SailHook') },
    refuses: { codes: ['invalid_input', 'bad_request', 'webhook_not_found', 'action_disabled'], shape },
    examples: { plain: { summary: 'Delete one', values: { ...values, url: other }, answer: { url: other } } },
  },
];

/** What these routes take and answer. */
export const SAIL_SCHEMAS = {
  SailHook: object('A webhook of an application.', { url: text('Where its containers are told of.') }),
  SailError: object("An error on Sail's routes, as its command line prints it.", {
    error: { type: 'integer', description: 'The HTTP status.', minimum: 400, maximum: 599 },
    error_status: text('The phrase of the HTTP status.'),
    error_details: text('For people: what is wrong.'),
  }),
};
