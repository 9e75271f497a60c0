import { createHash } from 'node:crypto';
import { MOST_REGISTERED, parseDestination } from '../../egress/destination.js';
import type { Reach } from '../../egress/reach.js';
import { InvalidInputError } from '../../errors/errors.js';
import { headerProblem } from '../../updates/headers.js';
import { readBody } from '../input.js';
import type { Webhook } from '../webhook.entity.js';

/** The url of a hook, without what only its receiver may know. */
export interface HookUrl {
  uri: string;
  /** What the url says before its `@`, as HTTP Basic; null: nothing. */
  authorization: string | null;
  /** The same for every spelling of the credentials, and for each password of one user. */
  key: string;
}

interface Credentials {
  user: string;
  password: string;
}

/** RFC 3986 §3.2.1. */
const USERINFO = /^(?:[\w.~!$&'()*+,;=:-]|%[\da-f]{2})*$/i;
const BODY = 'body: write {"url": "http://…"}';

/**
 * The url in the body of a request (contract of Sail Above, §5). Whether a name leads to an address that may be reached is
 * judged at each connect; of an address, and of localhost, it is known now.
 * @throws InvalidInputError
 */
export function readHookUrl(body: Buffer | undefined, reach: Pick<Reach, 'problemAtOnce'>): HookUrl {
  const url = readBody(body, BODY)?.url;
  if (typeof url !== 'string') return refuse('url is missing: write {"url": "http://…"}');
  const { uri, userinfo } = split(url);
  const destination = parseDestination(uri, MOST_REGISTERED);
  if (!destination.ok) return refuse(`url: ${destination.problem}`);
  const problem = reach.problemAtOnce(destination.url);
  if (problem !== null) return refuse(`url: ${problem}`);
  const credentials = userinfo === null ? null : credentialsOf(userinfo);
  const authorization = credentials && toBasic(credentials);
  if ((authorization === null) !== (userinfo === null)) {
    return refuse('url: What precedes the @ is no user:password: percent-encode both, and leave no : in the user');
  }
  return { uri, authorization, key: keyOf(uri, credentials) };
}

/** The key of a url; null: no hook can have it. */
export function hookKey(url: string): string | null {
  const { uri, userinfo } = split(url);
  const credentials = userinfo === null ? null : credentialsOf(userinfo);
  return userinfo !== null && credentials === null ? null : keyOf(uri, credentials);
}

/** The url of a hook as its client gave it. */
export function urlOf({ uri, headers }: Pick<Webhook, 'uri' | 'headers'>): string {
  const [, encoded] = / (.*)$/.exec(headers?.Authorization ?? '') ?? [];
  if (encoded === undefined) return uri;
  const text = Buffer.from(encoded, 'base64').toString();
  const user = text.slice(0, text.indexOf(':'));
  const password = text.slice(user.length + 1);
  const userinfo = password === '' ? escaped(user) : `${escaped(user)}:${escaped(password)}`;
  return uri.replace(/^[^/]*\/\//, (scheme) => `${scheme}${userinfo}@`);
}

/** What RFC 3986 §3.2.1 takes for itself stays readable. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/%(24|26|2B|2C|3B|3D)/g, (escape) => decodeURIComponent(escape));
}

function split(url: string): { uri: string; userinfo: string | null } {
  const [whole, scheme = '', userinfo] = /^(https?:\/\/)([^/?#\\]*)@/i.exec(url) ?? [];
  if (whole === undefined || userinfo === undefined) return { uri: url, userinfo: null };
  return { uri: scheme + url.slice(whole.length), userinfo };
}

function credentialsOf(userinfo: string): Credentials | null {
  if (!USERINFO.test(userinfo)) return null;
  try {
    const [user = '', ...rest] = userinfo.split(':').map((part) => decodeURIComponent(part));
    const password = rest.join(':');
    // RFC 7617 §2: no colon in the user, no control characters.
    const isNone = user.includes(':') || /\p{Cc}/u.test(user + password) || user + password === '';
    return isNone ? null : { user, password };
  } catch {
    return null;
  }
}

function toBasic({ user, password }: Credentials): string | null {
  const value = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return headerProblem('Authorization', value) === null ? value : null;
}

/** Passwords stay out of ids, which logs and lists show. */
function keyOf(uri: string, credentials: Credentials | null): string {
  const text = JSON.stringify([uri, credentials?.user ?? null]);
  return createHash('sha256').update(text).digest('base64url');
}

function refuse(problem: string): never {
  throw new InvalidInputError('url', problem);
}
