import type { AttemptFacts } from './tracing.js';

/**
 * What the span of an attempt says of it, by OpenTelemetry's conventions for HTTP clients and messaging, and by names of our
 * own. `url.full` is left out: a path or a query may be a secret. No header and no body is ever told.
 */
export function attributesOf({ webhookId, updateId, delivery, attempt, destination }: AttemptFacts) {
  return {
    ...placeOf(destination),
    'hooktide.webhook': withoutUri(webhookId),
    'hooktide.update': updateId,
    'hooktide.delivery': delivery,
    'hooktide.attempt': attempt,
  };
}

/** A webhook that was registered without an id has its type and its uri for one, percent-encoded. */
const URI = /^(.*?https?(?::\/\/|%3A%2F%2F))([^]*)$/i;
const END_OF_HOST = /\/|\?|#|%2F|%3F|%23/i;
const END_OF_USER = /@|%40/;

/** Of a uri in an id, only scheme, host and port are told. */
function withoutUri(webhookId: string): string {
  const [, before = webhookId, uri = ''] = URI.exec(webhookId) ?? [];
  const end = uri.search(END_OF_HOST);
  const host = (end === -1 ? uri : uri.slice(0, end)).split(END_OF_USER).at(-1);
  return `${before}${host}${end === -1 ? '' : '…'}`;
}

/** Whether it is published, rather than sent. */
export const isTopic = (destination: string): boolean => /^(arn|sns):/.test(destination);

function placeOf(destination: string): Record<string, string | number> {
  if (isTopic(destination)) return topicOf(destination);
  const method = { 'http.request.method': 'POST' };
  // What is no uri isn't requested.
  if (!URL.canParse(destination)) return method;
  const { protocol, hostname, port } = new URL(destination);
  const standardPort = protocol === 'https:' ? 443 : 80;
  return { ...method, 'server.address': hostname, 'server.port': port === '' ? standardPort : Number(port) };
}

/** `arn:aws:sns:<region>:<account>:<name>`, or `sns:<name>`. */
function topicOf(destination: string): Record<string, string> {
  return {
    'messaging.system': 'aws_sns',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': destination.slice(destination.lastIndexOf(':') + 1),
  };
}
