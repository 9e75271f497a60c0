/** What `ingest-rules.spec.ts` sends by REST and by SQL: values as they are written in JSON, good and bad. */

/** A good payload of each type, and the fields that are read out of it. */
export const TYPES = [
  {
    type: 'REQUEST',
    good: { createdAt: 1, eventType: 'CREATED', request: { id: 'r' } },
    objects: ['request'],
    ids: ['request.id'],
    words: ['eventType'],
    times: ['createdAt'],
  },
  {
    type: 'DEPLOY',
    good: { eventType: 'FINISHED', deployMarker: { requestId: 'r', deployId: 'd', timestamp: 1 } },
    objects: ['deployMarker'],
    ids: ['deployMarker.requestId', 'deployMarker.deployId'],
    words: ['eventType'],
    times: ['deployMarker.timestamp'],
  },
  {
    type: 'TASK',
    good: { taskUpdate: { taskId: { id: 't', requestId: 'r', deployId: 'd' }, taskState: 'TASK_LOST', timestamp: 1 } },
    objects: ['taskUpdate', 'taskUpdate.taskId'],
    ids: ['taskUpdate.taskId.id', 'taskUpdate.taskId.requestId', 'taskUpdate.taskId.deployId'],
    words: ['taskUpdate.taskState'],
    times: ['taskUpdate.timestamp'],
  },
  {
    type: 'CRASHLOOP',
    good: { requestId: 'r', deployId: 'd', type: 'OOM', start: 1, end: 2 },
    objects: [],
    ids: ['requestId', 'deployId'],
    words: ['type'],
    times: ['start', 'end'],
  },
  {
    type: 'ELEVATED_ACCESS',
    good: { requestId: 'r', user: 'u', scope: 'READ', createdAt: 1 },
    objects: [],
    ids: ['requestId', 'user'],
    words: ['scope'],
    times: ['createdAt'],
  },
];

/** The payload with another value at the path; undefined: nothing there. */
export function withValue(payload: object, path: string, value?: string): string {
  const copy = structuredClone(payload) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? '';
  let parent = copy;
  for (const name of names) parent = parent[name] as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = '@@';
  return JSON.stringify(copy).replace('"@@"', () => value ?? '');
}

/** The lines of a text, as they stand there. */
const lines = (text: TemplateStringsArray) => String.raw(text).trim().split(/\n\s*/);

export const ESCAPES = lines`
  \u0000
  \ud83d
  \ude00
  \uDBFF
  \\
  \"
  u0000
  d`;
export const OBJECTS = [undefined, 'null', '[]', '"x"', '7'];
const NOT_TEXTS = [undefined, 'null', '7', 'true', '[]', '{}', '""'];
export const IDS = [
  ...NOT_TEXTS,
  ...['x'.repeat(800), 'x'.repeat(801), 'ü'.repeat(400), 'ü'.repeat(401)].map((id) => JSON.stringify(id)),
  ...lines`
    "\u0000"
    "a\\\u0000"
    "\\u0000"
    "\ud800"
    "\\\\ud800"
    "\udc00\ud83d"
    "\uD83D\uD83D\uDE00"
    "\ud83d\ude00"
    "\ud83d\ude00\ude00"
    "\\ud83d\ude00"
    "\\\ud83d\ude00"
    "\ud83d\\ude00"
    "\ud83dx\ude00"
    "\u0061\/\"\b\\\u001f"
    " "
    "a/b#c"`,
  '"é日😀\u2028\u007f\ufdd0"',
];
export const WORDS = [
  ...NOT_TEXTS,
  ...lines`
    "NOPE"
    "created"
    "CREATED "
    "FINISHED"
    "TASK_RUNNING"
    "ADMIN"
    "RE\u0041D"
    "\u0000"`,
];
export const TIMES = [
  ...'0 -0 -0.0 0e999999 1e3 1E+3 1.0 100e-2 0.1e1 1546300861234 8640000000000000 8.64e15'.split(' '),
  ...'-1 1.5 1e-3 5e-324 1546300861234.5 8640000000000001 8.64e16 9007199254740993 1e400 -1e400'.split(' '),
  ...'1.00000000000000000001 0.99999999999999999999 "1" "1546300861234" false null [1] {}'.split(' '),
  `1${'0'.repeat(400)}`,
  undefined,
];

/** A payload of type REQUEST; `more` stands at its end. */
export const request = (more = '', id = '"r"') => `{"createdAt":1,"eventType":"CREATED","request":{"id":${id}}${more}}`;

export const PAYLOADS = [
  ...lines`
    ""
    "{}"
    null
    7
    true
    []
    {}
    {
    {]
    {"__proto__":{"createdAt":1,"eventType":"CREATED","request":{"id":"r"}}}
    {"request":7,"createdAt":"x","eventType":"NOPE","createdAt":1,"eventType":"CREATED","request":{"id":"a","id":"b"}}
    {"createdAt":1,"eventType":"CREATED","request":{"id":"r"},"request":{}}
    {"createdAt":1,"eventType":"CREATED","request":{"id":"r"},"request":null}
    {"createdAt":1,"eventType":"CREATED","\u0072equest":{"i\u0064":"r"},"re\u0000quest":7}`,
  '',
  ' ',
  `[${request()}]`,
  `${request()}}`,
  `${request()},`,
  `/**/${request()}`,
  `\u00a0${request()}`,
  `\ufeff${request()}`,
  `${request()}\v`,
  ` \r\n\t${request()}\t\n\r `,
  `{ "request" :\n{ "id" : "r" } , "eventType":"CREATED",\t"createdAt": 1\r}`,
  ...lines`
    ,
    ,'a':1
    ,"a":01
    ,"a":1.
    ,"a":+1
    ,"a":NaN
    ,"a":"\x41"
    ,"a":"\u12"
    ,"constructor":1,"toString":2,"hasOwnProperty":3
    ,"a":9007199254740993,"b":512.0,"c":1e2,"d":-0,"e":0.10,"f":1E400
    ,"a":"\u0000\ud800\\u0000\\\udc00\ud83d\ude00","\u0000":"\\"`.map((more) => request(more)),
  ...[',"a":"\t"', ',"a":"\u001f"', ',"a":"é日😀\u2028\u007f\ufeff"'].map((more) => request(more)),
  request(String.raw`,"a":"\u0000"`, String.raw`"\ud83d\ude00"`),
  request(`,"a":${'[{"b":'.repeat(250)}7${'}]'.repeat(250)}`),
];

export const TYPE_NAMES = [
  'REQUEST',
  'request',
  ' Re\tquest\u3000',
  'RE\u2028QUEST\ufeff',
  'REQUE\u017fT',
  'requeßt',
  'RE_QUEST',
  'RE-QUEST',
  '',
  ' ',
  'JOB',
  'TASK',
  'elevated-access',
  'ELEVATED.access',
  'ELEVATED ACCESS',
  'CRASH_LOOP',
  'crash\u0085loop',
  "REQUEST'",
  '%',
  'REQUEST\\',
  undefined,
];

/** Ids and applications. */
export const NAMES = [
  '',
  ' ',
  'i',
  'x'.repeat(255),
  'x'.repeat(256),
  'ü'.repeat(127),
  'ü'.repeat(128),
  '%s %1$s',
  '$$',
  '\\u0000',
  "\\'",
  "'; DROP TABLE hooktide.update; --",
  '"\\\b\t\n\f\r\u0001\u001f\u007f',
  'é日😀\u2028\ufeff',
];
