import { starting, TIME } from '../answers/updates.js';
import { header, OF_TRACE } from '../parameters.js';
import type { Parameter, Route } from '../route.js';
import { list, ref, text, type Schema } from '../schema.js';
import { payload } from '../schemas/payload.js';

const FINISHED = {
  deployMarker: { requestId: 'web', deployId: '43', timestamp: TIME, user: 'ada' },
  eventType: 'FINISHED',
  deployResult: { deployState: 'SUCCEEDED', deployFailures: [], timestamp: TIME },
};
const event = (id: string): object => ({
  specversion: '1.0',
  type: 'io.hooktide.deploy.starting',
  source: '/ci',
  id,
  data: starting('shop', id),
});

const attribute = (name: string, schema: Schema): Parameter => header(`ce-${name}`, schema);
const ATTRIBUTES = [
  attribute('specversion', text('CloudEvents in binary mode: `1.0`. With it the body is the payload alone.')),
  attribute('type', text('CloudEvents in binary mode: which update, such as `io.hooktide.deploy.starting`.')),
  attribute('source', text('CloudEvents in binary mode: who tells.')),
  attribute('id', text('CloudEvents in binary mode: which of the events of this source.')),
  attribute('application', text('CloudEvents in binary mode: as with plain updates.')),
  attribute('traceparent', text('CloudEvents in binary mode: the trace of the event, before that of the request.')),
  attribute('tracestate', text('CloudEvents in binary mode: what tracing systems add to it.')),
];
const LIMITS = { minItems: 1, maxItems: 1_000 };
const ONE = { accepted: 1, deliveries: 2, ids: ['release-42'] };

/** `POST /api/updates`: how updates come in. */
export const INGEST: Route = {
  method: 'post',
  path: '/api/updates',
  id: 'postUpdates',
  tag: 'Updates',
  summary: 'Post updates',
  description:
    "One update or an array of them, all or nothing; or CloudEvents, structured, batched or in binary mode. 202 comes after the commit: each is stored, and so is one delivery for each webhook that wants it. They leave at once, in order for each subject.\n\nIdempotent by `id` for `idempotencyHours` (7 days): the same update again is accepted and owed no second time, so send again whatever you got no answer to; another update under the same id is a 409. Of CloudEvents, `source` and `id` are the key. Without an id each request counts.\n\nLimits: 1 000 updates, 1 MiB a payload, 16 MiB a request; `ingest` in the config says otherwise. A 503 stored nothing, or one can't know: send the same again after `Retry-After`.",
  parameters: [...ATTRIBUTES, ...OF_TRACE],
  body: {
    description: 'The updates.',
    content: {
      'application/json': {
        anyOf: [
          ref('NewUpdate'),
          list('Several, in their order.', ref('NewUpdate'), LIMITS),
          payload('With the `ce-` headers: the payload alone.'),
        ],
      },
      'application/cloudevents+json': ref('NewCloudEvent'),
      'application/cloudevents-batch+json': list('A batch, which may be empty.', ref('NewCloudEvent'), {
        maxItems: 1_000,
      }),
    },
  },
  status: 202,
  answer: { description: 'All of it is stored.', schema: ref('Accepted') },
  refuses: {
    codes: [
      'invalid_input',
      'bad_request',
      'id_conflict',
      'too_large',
      'fan_out_too_large',
      'unsupported_media_type',
      'too_many_waiting',
    ],
    shape: 'problem',
  },
  examples: {
    one: {
      summary: 'One update, with an id',
      body: { type: 'DEPLOY', id: 'release-42', payload: starting('web', '42') },
      answer: ONE,
    },
    again: {
      summary: 'The same again is owed no second time',
      body: { type: 'DEPLOY', id: 'release-42', payload: starting('web', '42') },
      answer: { ...ONE, deliveries: 0 },
    },
    several: {
      summary: 'Several, in order',
      body: [
        { type: 'DEPLOY', id: 'release-43', payload: starting('web', '43') },
        { type: 'DEPLOY', id: 'release-43-done', payload: FINISHED },
      ],
      answer: { accepted: 2, deliveries: 4, ids: ['release-43', 'release-43-done'] },
    },
    cloudEvent: {
      summary: 'A CloudEvent, about a request that `web-deploys` does not want',
      mediaType: 'application/cloudevents+json',
      body: event('44'),
      answer: { accepted: 1, deliveries: 1, ids: ['/ci 44'] },
    },
    cloudEvents: {
      summary: 'A batch of CloudEvents',
      mediaType: 'application/cloudevents-batch+json',
      body: [event('45'), event('46')],
      answer: { accepted: 2, deliveries: 2, ids: ['/ci 45', '/ci 46'] },
    },
    binary: {
      summary: 'A CloudEvent in binary mode',
      values: { 'ce-specversion': '1.0', 'ce-type': 'io.hooktide.deploy.starting', 'ce-source': '/ci', 'ce-id': '47' },
      body: starting('shop', '47'),
      answer: { accepted: 1, deliveries: 1, ids: ['/ci 47'] },
    },
  },
};
