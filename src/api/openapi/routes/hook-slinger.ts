import { faultIn } from '../../../sources/hook-slinger/check-json.js';
import { PROBLEMS } from '../../problems.js';
import { OF_TRACE } from '../parameters.js';
import type { Route } from '../route.js';
import { list, object, open, orNull, text, type Schema } from '../schema.js';

const ACCEPTED = {
  status: 'queued',
  ok: true,
  message: 'Webhook registration successful.',
  job_id: 'Bangladesh_Dhaka_fd712b9a-1713-477a-9ec0-062ff3d4825e',
  queued_at: '2026-11-22T10:00:00.120000',
};

const coerced = (description: string): Schema => ({ ...text(description), type: ['string', 'number', 'boolean'] });
const MESSAGE = open(
  'One message. Unknown fields are ignored.',
  {
    to_url: coerced('Where it goes: a URL with a dotted name, `localhost` or an IPv4 address.'),
    to_auth: orNull(text('Sent as it is, as the header `Authorization`. Null or empty: none is sent.')),
    tag: { ...coerced('The middle of the job id.'), type: ['string', 'number', 'boolean', 'null'] },
    group: { ...coerced('The beginning of the job id.'), type: ['string', 'number', 'boolean', 'null'] },
    payload: { type: ['object', 'array'], description: 'The body that is sent. An array of pairs becomes an object.' },
  },
  ['to_auth', 'tag', 'group'],
);

const DETAIL = object('Why not.', { detail: text('For a person.') });
const DETAILS = object('Why not.', {
  detail: list(
    'What is wrong, in the order of the fields.',
    open(
      'One fault, as pydantic 1.10 has it.',
      {
        loc: list('Where it is: `body`, and the field or the offset.', {
          type: ['string', 'integer'],
          description: 'One step.',
        }),
        msg: text('What it is.'),
        type: text('What kind it is of.'),
      },
      [],
    ),
  ),
});

const refusal = (description: string, schema: Schema, examples: Record<string, unknown>): object => ({
  description,
  content: {
    'application/json': {
      schema,
      examples: Object.fromEntries(Object.entries(examples).map(([name, detail]) => [name, { value: { detail } }])),
    },
  },
});

const BAD_JSON = '{bad';
const FAULT = faultIn(BAD_JSON);
const jsonFault = {
  loc: ['body', 1],
  msg: 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
  type: 'value_error.jsondecode',
  ctx: FAULT,
};
const AUTH_HINT =
  "Did you forget to add 'Authorization' field to the request header? You can find the auth key in the '.env' file as 'API_KEY'. Also, you have to prepend the auth protocol before the token. For example: 'Authorization: Token <token_value>' ";

/** `POST /hook_slinger/`: one message to one uri, as Hook Slinger takes it. */
export const HOOK_SLINGER: Route[] = [
  {
    method: 'post',
    path: '/hook_slinger',
    id: 'postMessage',
    tag: 'Messages',
    summary: 'Send one message to one URL',
    description:
      "For clients of Hook Slinger, which need no change: with the slash at the end or without, answers and errors are Hook Slinger's. 202 comes after the commit. The payload is sent as compact JSON in UTF-8, numbers as they came, by one POST an attempt; what fails is sent again `hookSlinger.maxRetries` times, `hookSlinger.intervalMillis` apart, whatever the receiver asks for. Messages wait for no other.\n\nWhere it may be sent to shows when it is: `egress.allow` has to name private addresses, and `ftp` fails.\n\nChecked in this order: syntax, token, fields, URL. Not idempotent: each request is a message.\n\nThe example works with `API_TOKEN=correct-horse npm start`.",
    security: [{ hookSlinger: [] }],
    parameters: [
      {
        name: 'Authorization',
        in: 'header',
        required: true,
        description: 'Exactly `Token `, and `hookSlinger.apiToken` or a token of the API with the scope `ingest`.',
        schema: { type: 'string' },
      },
      ...OF_TRACE,
    ],
    body: { description: 'The message.', content: { 'application/json': MESSAGE } },
    status: 202,
    answer: {
      description: 'It is stored.',
      schema: object('What was stored.', {
        status: { const: 'queued', description: 'Always `queued`.' },
        ok: { const: true, description: 'Always true.' },
        message: text('For a person.'),
        job_id: text('`<group>_<tag>_<uuid>`, with `None` for what is missing.'),
        queued_at: text('When, in UTC.'),
      }),
    },
    otherAnswers: {
      400: refusal('The URL is none, or the body is no text. Nothing was stored.', DETAIL, {
        url: "Parameter 'to_url' is not a valid URL.",
        body: 'There was an error parsing the body',
      }),
      403: refusal('No token, or a wrong one; where none is configured, nobody gets in. Nothing was stored.', DETAIL, {
        missing: AUTH_HINT,
        wrong: `Wrong API auth key. ${AUTH_HINT}`,
      }),
      413: refusal(
        'The payload or the request is beyond `ingest.maxPayloadBytes` or `ingest.maxRequestBytes`.',
        DETAIL,
        {
          payload: 'payload is 1048577 bytes long: send at most 1048576',
        },
      ),
      422: refusal("The body is no JSON, or fields are missing or can't be taken. Nothing was stored.", DETAILS, {
        json: [jsonFault],
        fields: [
          { loc: ['body', 'to_url'], msg: 'field required', type: 'value_error.missing' },
          { loc: ['body', 'payload'], msg: 'value is not a valid dict', type: 'type_error.dict' },
        ],
      }),
      429: refusal('Too many wrong tokens came from this address. Send it again after `Retry-After` seconds.', DETAIL, {
        slowed: PROBLEMS.too_many_failures.example.detail,
      }),
      500: refusal('The database is away, or too much waits. Send it again, after `Retry-After` seconds.', DETAIL, {
        failed: 'Webhook registration failed.',
      }),
    },
    examples: {
      message: {
        summary: 'A message with a header of its own',
        values: { Authorization: 'Token correct-horse' },
        body: {
          to_url: 'http://127.0.0.1:8099/orders',
          to_auth: 'Bearer s3cret',
          tag: 'Dhaka',
          group: 'Bangladesh',
          payload: { greetings: 'Hello, world!' },
        },
        answer: ACCEPTED,
      },
    },
  },
];
