/** One kind of refusal. The texts are Markdown, for docs/errors.md. */
export interface ProblemKind {
  readonly status: number;
  /** What happened, and what became of the request. */
  readonly meaning: string;
  /** What the caller does about it. */
  readonly remedy: string;
  /** As it may come. */
  readonly example: { readonly detail: string; readonly field?: string };
}

/** What faces refuse, by code: where HTTP statuses are chosen. docs/errors.md prints it, in this order. */
export const PROBLEMS = {
  invalid_input: {
    status: 400,
    meaning:
      "A value can't be taken; nothing of the request was stored. `field` is its path: `[3].payload` stands in the fourth update of an array, `limit` is a parameter, `body` is the whole.",
    remedy: 'Write what `detail` asks for. The same again is refused again.',
    example: { detail: '[3].payload is missing: write an object', field: '[3].payload' },
  },
  bad_request: {
    status: 400,
    meaning: "The request can't be read: its path holds a `%` that begins no escape, or its body can't be unpacked.",
    remedy: 'Mend the request. The same again is refused again.',
    example: { detail: "Failed to decode param '%zz'" },
  },
  unauthenticated: {
    status: 401,
    meaning:
      'The request bears no token, or one that is none: it is mistyped, expired or revoked, or a JWT that is not valid here.',
    remedy: 'Send the header `Authorization: Bearer <token>`: [tokens](tokens.md).',
    example: { detail: 'Unable to authenticate using methods: [token]' },
  },
  forbidden: {
    status: 403,
    meaning: 'The token is a good one, but lacks the scope that this takes, or is restricted to another application.',
    remedy: 'Use a token that has the scope which `detail` names: [tokens](tokens.md).',
    example: { detail: 'ci has ingest, and this takes the scope webhooks: use a token that has it' },
  },
  foreign_page: {
    status: 403,
    meaning:
      'A web page of another origin wants to change something; nothing was changed. Programs are none, unless they send `Origin` or `Sec-Fetch-Site`.',
    remedy: 'Write the origin into `server.corsOrigins`, if its pages are to call.',
    example: {
      detail:
        'Pages of https://ops.example.com may not change anything here: write it into server.corsOrigins to let them',
    },
  },
  not_found: {
    status: 404,
    meaning: 'No route answers this method and path.',
    remedy: 'Look the route up in the [README](../README.md#routes). A `/` in an id is written `%2F`.',
    example: { detail: 'Cannot GET /api/update' },
  },
  webhook_not_found: {
    status: 404,
    meaning: 'No webhook has this id: none was registered under it, or it is deleted.',
    remedy: 'Take the id from a list of webhooks, and percent-encode it in a path.',
    example: { detail: 'There is no webhook with the id nope: GET /api/webhooks lists them all' },
  },
  update_not_found: {
    status: 404,
    meaning: 'No update has this id: none was accepted under it, or it is kept no longer.',
    remedy: 'Take the id from `ids` in the answer to `POST /api/updates`. Longer retention keeps the next ones longer.',
    example: { detail: 'No update has the id deploy-42' },
  },
  delivery_not_found: {
    status: 404,
    meaning:
      'No delivery or dead letter has this id: there was none, or it is kept no longer. A dead letter may have been replayed or discarded.',
    remedy: 'Take the id from the list that named it. Longer retention keeps the next ones longer.',
    example: { detail: 'No delivery has the id 42' },
  },
  message_not_found: {
    status: 404,
    meaning: 'No direct message has this job id: none was accepted under it, it is deleted, or it is kept no longer.',
    remedy: 'Take `job_id` from the answer to `POST /hook_slinger/`, and percent-encode it in a path.',
    example: { detail: 'No message has the id Bangladesh_Dhaka_fd712b9a-1713-477a-9ec0-062ff3d4825e' },
  },
  token_not_found: {
    status: 404,
    meaning: 'No token has this id, or it is revoked already.',
    remedy: 'Take the id from `GET /api/tokens`.',
    example: { detail: 'No token has the id 42, or it is revoked already' },
  },
  job_not_found: {
    status: 404,
    meaning: 'No job has this id: none was made under it, or it has ended and is kept no longer.',
    remedy: 'Take the id from `GET /api/jobs`.',
    example: { detail: 'No job has the id 42: GET /api/jobs lists them all' },
  },
  method_not_allowed: {
    status: 405,
    meaning: 'The path has a route, but none for this method. So far, routes say `not_found` to that.',
    remedy: 'Use a method that the header `Allow` names.',
    example: { detail: 'Method Not Allowed' },
  },
  action_disabled: {
    status: 409,
    meaning: 'An operator has switched this action off.',
    remedy: 'Wait, or switch it on again: `DELETE /api/disasters/disabled-actions/<action>`.',
    example: { detail: 'Cannot perform action ADD_WEBHOOK: Action is currently disabled' },
  },
  id_conflict: {
    status: 409,
    meaning:
      "An update's `id` was used before, within `idempotencyHours`, for an update of other content; nothing of the request was stored.",
    remedy: 'Give the new update an id of its own. To repeat the old one, send it as it was.',
    example: {
      detail: 'The id "deploy-42" was used for another update. Send the same update again, or choose a new id.',
    },
  },
  name_taken: {
    status: 409,
    meaning: 'Another token, which is not revoked, has the name.',
    remedy: 'Revoke that one, or choose another name.',
    example: { detail: 'There is a token with the name "ci": revoke it, or choose another name' },
  },
  webhook_deleted: {
    status: 409,
    meaning: 'The webhook that this was owed to is deleted: there is nobody to send it to.',
    remedy: 'Register the webhook again, then repeat the request.',
    example: { detail: 'The webhook of delivery 42 is deleted' },
  },
  still_waiting: {
    status: 409,
    meaning: 'The delivery or message still waits, and is going to be tried without further ado.',
    remedy: 'Ask again when it is delivered or dropped.',
    example: { detail: 'Delivery 42 still waits' },
  },
  job_is_over: {
    status: 409,
    meaning:
      'The job has ended: it can not be paused, resumed or canceled any more. One that has failed can be resumed.',
    remedy: 'Make another job with the same filter, if something is left to do.',
    example: { detail: 'Job 42 is done: make another one to do the rest' },
  },
  too_large: {
    status: 413,
    meaning:
      'One payload, the number of updates or the whole request is beyond its limit: `ingest.maxPayloadBytes`, `ingest.maxUpdatesPerRequest`, `ingest.maxRequestBytes`. Nothing was stored.',
    remedy: 'Send less at once, or raise the limit.',
    example: { detail: 'payload is 1048577 bytes long: send at most 1048576' },
  },
  fan_out_too_large: {
    status: 413,
    meaning:
      'So many webhooks want these updates that more than `maxFanOut` deliveries would be owed; nothing was stored.',
    remedy: 'Send fewer updates at once, or raise `maxFanOut`.',
    example: {
      detail: 'This request would owe more than maxFanOut (1000000) deliveries. Send fewer updates at once.',
    },
  },
  unsupported_media_type: {
    status: 415,
    meaning:
      'The body is not called JSON, or packed in a way that Hooktide does not know. Browsers ask leave before they send JSON elsewhere: so no foreign page can post here.',
    remedy: 'Send the header `Content-Type: application/json`.',
    example: { detail: 'Send JSON, with the header Content-Type: application/json' },
  },
  foreign_host: {
    status: 421,
    meaning:
      'Where no token is asked for, the header `Host` has to name this computer: an address, or `localhost`. Another name may be that of a web page which has it lead here (DNS rebinding).',
    remedy: 'Call it `localhost`. A proxy in front sends that as `Host`, or Hooktide asks for tokens.',
    example: {
      detail:
        'This is not evil.example: as long as no token is asked for, call it localhost, or write auth.tokenFile, or auth.mode: none to let everybody in',
    },
  },
  too_many_failures: {
    status: 429,
    meaning:
      'Ten different tokens that are none came from this address within a minute: until it is over, only tokens are taken from it that were good lately. An IPv6 address counts with its /64, a proxy for all behind it.',
    remedy: 'Mend the token, and send the same again after `Retry-After` seconds.',
    example: {
      detail: 'Too many wrong tokens came from this address: mend the token, and try again in 42 s',
    },
  },
  internal: {
    status: 500,
    meaning:
      'A bug. The log has it: the line `request.failed` with the ID of `detail`. Whether the request was stored is unknown.',
    remedy: 'Report the line. Updates that bear an `id` can be sent again without harm.',
    example: { detail: 'There was an error processing your request. It has been logged (ID 5f0c9d2be81a4673).' },
  },
  too_many_waiting: {
    status: 503,
    meaning: '`maxWaitingDeliveries` wait already; nothing was stored.',
    remedy: 'Send the same again after `Retry-After` seconds.',
    example: {
      detail: '10000000 deliveries wait already; maxWaitingDeliveries is 10000000. Send the same again later.',
    },
  },
  issuer_unavailable: {
    status: 503,
    meaning:
      'The request bears a JWT, and the keys of its issuer are not to be had, so that nobody can say whether it is valid. Nothing was stored.',
    remedy: 'Send the same again after `Retry-After` seconds. If it stays: `auth.jwt` in the config, and the log.',
    example: {
      detail: 'The keys of https://issuer.example are not to be had at the moment: send the same again later',
    },
  },
  database_unavailable: {
    status: 503,
    meaning:
      'Postgres is away, or has no room. Whether the request was stored is unknown: the connection may have gone after the commit. The log has the cause, under the ID of `detail`.',
    remedy: 'Send the same again after `Retry-After` seconds. Updates that bear an `id` count once.',
    example: {
      detail: 'The database is not to be had at the moment: send the same again later (ID 5f0c9d2be81a4673).',
    },
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);

/** What the HTTP layer refuses by itself goes by its status; whatever has no code of its own is a bad request. */
const OF_HTTP = ['not_found', 'method_not_allowed', 'too_large', 'unsupported_media_type'] as const;

export const codeOfHttp = (status: number): ProblemCode =>
  OF_HTTP.find((code) => PROBLEMS[code].status === status) ?? 'bad_request';
