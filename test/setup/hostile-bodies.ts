import * as fc from 'fast-check';
import { almost, anyJson, anyText, encoded, line, oneOf, written } from './hostile.js';

/** Members of a webhook as they are right. Addresses are of this machine: nothing is looked up elsewhere. */
const uri = fc.oneof(
  fc.constantFrom(
    'http://127.0.0.1:9/',
    'http://127.0.0.1:9/$REQUEST_ID?q=$TASK_ID',
    'http://[::1]:9/',
    'http://0x7f.1:9/',
  ),
  fc.constantFrom('http://user:pass@127.0.0.1/', 'http://169.254.169.254/', 'file:///etc/passwd', 'arn:aws:sns:x:1:y'),
  anyText.map((text) => `http://127.0.0.1:9/${text}`),
  anyText.map((text) => `http://127.0.0.1${text}`),
);
const type = fc.constantFrom('REQUEST', 'DEPLOY', 'TASK', 'CRASHLOOP', 'ELEVATED_ACCESS');
const words = fc.array(anyText, { maxLength: 3 });
const headers = fc.dictionary(fc.oneof(fc.constantFrom('X-Team', 'Authorization', 'Host', 'ce-id'), anyText), anyText, {
  maxKeys: 3,
});
const options = {
  description: anyText,
  filter: almost({ requestIds: words, applications: words, states: words, eventTypes: words }),
  headers,
  auth: almost({
    type: fc.constantFrom('basic', 'bearer', 'oauth2'),
    user: anyText,
    password: anyText,
    token: anyText,
    tokenUrl: uri,
    clientId: anyText,
    clientSecret: anyText,
  }),
  secret: fc.oneof(fc.constant(`whsec_${'A'.repeat(32)}`), anyText),
  hubSignature: fc.boolean(),
  tls: almost({ ca: anyText, certificate: anyText, key: anyText }),
  onlyTo: fc.array(fc.oneof(fc.constantFrom('127.0.0.1', '10.0.0.0/8', ':9', '*.example.com'), anyText), {
    maxLength: 3,
  }),
  format: fc.constantFrom('singularity', 'cloudevents', 'cloudevents-binary', 'form', 'slack', 'sail'),
  order: fc.constantFrom('subject', 'none'),
  retry: almost({
    policy: fc.constantFrom('poll', 'constant', 'linear', 'exponential', 'schedule'),
    delayMillis: fc.integer(),
    delaysMillis: fc.array(fc.integer(), { maxLength: 3 }),
    jitter: fc.double(),
    maxAttempts: fc.integer(),
  }),
  connectTimeoutMillis: fc.integer({ min: -1, max: 70_000 }),
  timeoutMillis: fc.integer({ min: -1, max: 700_000 }),
  maxConcurrent: fc.integer({ min: -1, max: 1_001 }),
};
const someOf = (count: number) => fc.subarray(Object.keys(options), { maxLength: count });
export const someOptions = someOf(3).chain((names) =>
  almost(Object.fromEntries(names.map((name) => [name, options[name as keyof typeof options]]))),
);
export const webhook = fc
  .tuple(almost({ uri, type, id: anyText, user: anyText, timestamp: fc.integer() }), someOptions)
  .map((parts) => Object.assign({}, ...parts));

/** Payloads as they are, but for what was exchanged. */
/** Mostly one that is taken. */
const name = fc.oneof({ arbitrary: anyText, weight: 1 }, { arbitrary: fc.string({ minLength: 1 }), weight: 5 });
const millis = fc.oneof(
  { arbitrary: fc.nat(), weight: 5 },
  fc.constantFrom(0, -1, 1.5, 1e300, Number.MAX_SAFE_INTEGER),
);
const request = almost({ id: name, requestType: fc.constantFrom('SERVICE', 'RUN_ONCE') });
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const updateOf = (its: fc.Arbitrary<string>, payload: fc.Arbitrary<unknown>) =>
  almost({ type: its, payload, id: some(name), application: some(name) });
export const update = fc.oneof(
  updateOf(
    fc.constant('REQUEST'),
    almost({ createdAt: millis, eventType: fc.constantFrom('CREATED', 'SCALED'), request }),
  ),
  updateOf(
    fc.constant('DEPLOY'),
    almost({
      eventType: fc.constantFrom('STARTING', 'FINISHED'),
      deployMarker: almost({ requestId: name, deployId: name, timestamp: millis }),
    }),
  ),
  updateOf(
    fc.constant('TASK'),
    almost({
      task: almost({
        taskId: almost({ id: name, requestId: name, deployId: name }),
        taskRequest: almost({ request }),
      }),
      taskUpdate: almost({
        timestamp: millis,
        taskState: fc.constantFrom('TASK_RUNNING', 'TASK_LOST'),
        taskId: anyJson,
      }),
    }),
  ),
  updateOf(
    fc.constantFrom('CRASHLOOP', 'ELEVATED_ACCESS'),
    almost({ requestId: name, deployId: name, user: name, scope: name, createdAt: millis }),
  ),
);

/** Bodies of the routes of tokens, of Hook Slinger and of Sail. */
const scope = fc.oneof({ arbitrary: fc.constantFrom('read', 'ingest', 'webhooks'), weight: 9 }, anyText);
const named = { name: anyText, scopes: fc.array(scope, { minLength: 1, maxLength: 2 }), application: anyText };
const moment = fc.oneof(fc.constantFrom('2030-01-01T00:00:00Z', '+275760-09-13', '9999-12-31T23:59:60Z'), anyText);
const ending = fc.oneof(fc.constant({}), almost({ expiresAt: moment }), almost({ expiresInHours: fc.double() }));
export const token = written(fc.tuple(almost(named), ending).map((parts) => Object.assign({}, ...parts)));
export const message = written(
  almost({ to_url: uri, to_auth: anyText, tag: anyText, group: anyText, payload: anyJson }),
);
export const hook = written(almost({ url: uri }));

const segment = fc.oneof(
  oneOf('api v1 singularity webhooks updates deliveries dead-letters messages tokens test secret applications hook'),
  oneOf('.. . % %2e%2e %00 %ff %2F %zz hook_slinger disasters docs __proto__'),
  anyText.map(encoded),
  line('!'),
);
const parameter = oneOf('limit after webhookId type since until group tag requestId url a[b] __proto__');
const query = fc
  .array(fc.tuple(fc.oneof(parameter, segment), segment), { maxLength: 3 })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));
const place = oneOf(
  '/ /api/webhooks/ /api/updates/ /api/deliveries/ /api/dead-letters/ /api/messages/ /api/tokens/ /v1/applications/ ' +
    '/api/webhooks/task/ /singularity/api/webhooks/ /docs/ /api/disasters/disabled-actions/',
);
/** Any path with a query, near those that there are. */
export const path = fc
  .tuple(place, fc.array(segment, { maxLength: 3 }), query)
  .map(([start, segments, search]) => `${start}${segments.join('/')}${search === '' ? '' : `?${search}`}`);

/** Headers that some route reads. */
export const readHeaders = fc.dictionary(
  oneOf('Authorization Host Origin Sec-Fetch-Site Content-Type Accept If-None-Match Range'),
  fc.oneof(
    fc.constantFrom('Bearer ', 'Bearer a.b.c', 'Token x', 'Basic !!!', 'Basic Og==', 'null', 'http://['),
    line(' '),
  ),
  { maxKeys: 3 },
);
