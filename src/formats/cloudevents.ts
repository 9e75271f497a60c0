import type { Formattable, Formatted } from './format.js';

/** The last millisecond of the year 9999: RFC 3339 §1 knows four digits. */
const LAST_OF_RFC_3339 = 253_402_300_799_999;

/** CloudEvents 1.0.2, "Type System": what a String may not hold. Control characters, lone surrogates, noncharacters. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** HTTP binding 1.0.2 §3.1.3.2: blank, double quote, percent and all that is not printable ASCII. */
const TO_ENCODE = /[^!-~]|["%]/gu;

/**
 * CloudEvents 1.0.2, structured mode in the JSON format: the attributes, then `data`, the payload byte for byte. It is
 * inserted and not parsed, so that `512.0` and integers beyond 2^53 stay what they are.
 */
export function toCloudEvent(update: Formattable): Formatted {
  const attributes = JSON.stringify(attributesOf(update));
  return {
    contentType: 'application/cloudevents+json; charset=UTF-8',
    headers: {},
    body: `${attributes.slice(0, -1)},"data":${update.payload}}`,
  };
}

/** CloudEvents 1.0.2, binary mode: the attributes as `ce-` headers (HTTP binding §3.1), the payload as the body. */
export function toCloudEventInHeaders(update: Formattable): Formatted {
  // §3.1.1: datacontenttype is the content type, and must not be a header too.
  const { datacontenttype: contentType, ...attributes } = attributesOf(update);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) headers[`ce-${name}`] = value.replace(TO_ENCODE, encodeURIComponent);
  }
  return { contentType, headers, body: update.payload };
}

/** In order: what CloudEvents defines, then extensions, whose names are lower-case and alphanumeric ("Naming Conventions"). */
function attributesOf(update: Formattable) {
  return {
    specversion: '1.0',
    id: legible(update.updateId),
    source: '/hooktide',
    type: legible(`io.hooktide.${update.type}.${update.state}`.toLowerCase()),
    subject: legible(update.subject),
    time: timeOf(update.occurredAtMillis),
    datacontenttype: 'application/json',
    application: legible(update.application),
    requestid: legible(update.requestId),
    deployid: legible(update.deployId),
    taskid: legible(update.taskId),
    userid: legible(update.userId),
    scope: legible(update.scope),
    state: legible(update.state),
    // Of the whole way (extension "Distributed Tracing"): the header traceparent is that of this one attempt.
    traceparent: update.traceParent,
    tracestate: update.traceState,
  };
}

/** Each forbidden character becomes U+FFFD, as in placeholders; `data` bears the ids as they are. */
function legible<T extends string | undefined>(value: T): T | string {
  return value === undefined ? value : value.replace(FORBIDDEN, '\ufffd');
}

/** Undefined, and so left out (`time` is optional), beyond the year 9999: `toISOString` writes `+010000-…` there. */
function timeOf(millis: number): string | undefined {
  return millis > LAST_OF_RFC_3339 ? undefined : new Date(millis).toISOString();
}
