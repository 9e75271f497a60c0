import { isTopic, parseTopic } from './topic.js';

export type Destination = { ok: true; url: URL } | { ok: false; problem: string };

/** Of a uri that somebody registers: with its placeholders filled it may be longer. */
export const MOST_REGISTERED = 2_000;
const MOST_REQUESTED = 65_536;
const NO_TOPIC = 'The uri is no topic of SNS: write an ARN such as arn:aws:sns:eu-west-1:123456789012:name';
const NO_HOST = 'The uri has no valid host and port: write it like https://host:8443/path';

/**
 * Parses a uri that can be requested: when a webhook is registered, with its placeholders, and again when a delivery is
 * sent, with them filled. Whether its address may be reached is judged at each connect (`address.ts`).
 *
 * Stricter than `new URL`, which drops line breaks, takes `\` for `/`, and reads a host out of `http:x`: what one parser
 * mends, another reads as something else. Placeholders may stand in the path and the query: in the host, an update would
 * choose who receives it.
 */
export function parseDestination(uri: string, mostCharacters = MOST_REQUESTED): Destination {
  if (uri.length > mostCharacters) {
    return refuse(`The uri has ${uri.length} characters: write at most ${mostCharacters}`);
  }
  if (/[\p{Cc}\p{Z}]/u.test(uri)) return refuse('The uri holds a blank or a control character: write %20 for a blank');
  if (uri.includes('\\')) return refuse('The uri holds a backslash: write / between its parts, or %5C');
  const authority = /^https?:\/\/([^/?#]*)/i.exec(uri)?.[1];
  if (authority === undefined) return refuse('The uri is not absolute: write it from http:// or https:// on');
  if (authority.includes('@')) return refuse('The uri holds credentials: write it without what precedes the @');
  if (authority === '') return refuse(NO_HOST);
  if (authority.includes('$')) {
    return refuse('The host holds a $: placeholders may stand in the path and in the query only');
  }

  if (!URL.canParse(uri)) return refuse(NO_HOST);
  const url = new URL(uri);
  if (!/^(\[[\da-f:.]+\]|[\da-z._-]+)$/.test(url.hostname)) {
    return refuse('The host is no name or address: write letters, digits, "-", "_" and ".", or an address');
  }
  if (url.port === '0') return refuse('The port is 0: write one from 1 to 65535');
  return { ok: true, url };
}

/** Why a webhook may not have this uri; null: it may. Of topics it has to be the ARN: names belong to the config. */
export function uriProblem(uri: string): string | null {
  if (isTopic(uri)) return parseTopic(uri)?.arn ? null : NO_TOPIC;
  const destination = parseDestination(uri, MOST_REGISTERED);
  return destination.ok ? null : destination.problem;
}

function refuse(problem: string): Destination {
  return { ok: false, problem };
}
