/**
 * Why an attempt ended as it did. A closed set: the reason is also the label of metrics and the word in logs, dead
 * letters and the API.
 */
export const REASONS = [
  /** 200–299 */
  'delivered',
  /** 300–399: redirects are not followed */
  'redirect',
  /** 410: the receiver wants no more */
  'gone',
  /** 429 */
  'throttled',
  /** 400–499 but 408, 410, 425, 429: the receiver refuses this very update */
  'refused',
  /** 503 */
  'unavailable',
  /** 500–599 but 503 */
  'server_error',
  /** 408, 425, 1xx and whatever else is no answer to a POST */
  'unexpected_status',
  /** the reply is no HTTP, or none that SNS gives */
  'malformed_reply',
  /** the reply's headers are larger than allowed */
  'headers_too_large',
  /** the reply's body is larger than allowed */
  'body_too_large',
  /** the name has no address */
  'dns',
  /** nobody listens there */
  'connection_refused',
  /** no connection in time */
  'connect_timeout',
  /** connected, but no reply in time */
  'timeout',
  /** the reply began, but its body didn't end in time */
  'body_timeout',
  /** closed or reset before the reply was complete */
  'connection_reset',
  /** certificate or handshake */
  'tls',
  /** any other failure of the network */
  'network',
  /** the egress rules forbid the address */
  'forbidden_address',
  /** the forward proxy answered that it makes no connection: 403, 407, 502 and the like */
  'proxy_refused',
  /** the forward proxy wasn't reached, or didn't answer by HTTP */
  'proxy_failed',
  /** the uri, with its placeholders filled, is none that can be requested */
  'bad_uri',
  /** the token server that the webhook names gave no token */
  'token_refused',
  /** the webhook's secrets can't be read: their key is missing */
  'unreadable_secrets',
  /** cut short by Hooktide itself to make room for receivers that answer */
  'cut_short',
  /** larger than SNS takes: payload and attributes together */
  'message_too_large',
  /** the SNS topic doesn't exist, or nothing says where it is */
  'topic_missing',
  /** AWS knows the credentials, but they, or the topic's key, don't allow it */
  'access_denied',
  /** AWS doesn't take the credentials: wrong, expired or missing */
  'bad_credentials',
] as const;
export type Reason = (typeof REASONS)[number];

/**
 * Where the time of an attempt went, in milliseconds. DNS, connect and TLS are there only where the attempt made a
 * connection of its own; what was not reached is missing.
 */
export interface Phases {
  dnsMillis?: number;
  connectMillis?: number;
  tlsMillis?: number;
  /** From the request to the first byte of the answer. */
  firstByteMillis?: number;
  bodyMillis?: number;
}

/** What the receiver did with one attempt. */
export interface Outcome {
  reason: Reason;
  /** The receiver's HTTP status, if it sent one. */
  status?: number;
  /** One sentence for a person: what happened, with the numbers. Never a secret, never the payload. */
  detail: string;
  /** Up to 512 characters of the receiver's answer; missing where it is empty. */
  answer?: string;
  /** How long the receiver asked to be left alone (`Retry-After` of a 429 or 503), in milliseconds. */
  retryAfterMillis?: number;
  durationMillis: number;
  phases?: Phases;
}
