import { readFileSync } from 'node:fs';
import { resolve as absolute } from 'node:path';
import ipaddr from 'ipaddr.js';
import { ConfigError } from '../errors/errors.js';
import { nearest } from './nearest.js';
import { isAddress, isText } from './rules.js';
import { SCOPES, type Scope } from './scope.js';
import { isSection, reasonOf, show } from './wording.js';

/** Whose JWTs are taken. */
export interface JwtIssuer {
  readonly issuer: string;
  readonly audience: string;
  /** Null: OpenID discovery tells. */
  readonly jwksUrl: string | null;
  /** Absolute. Null: whom Node.js trusts. */
  readonly caFile: string | null;
  /** Absolute. What it holds is sent to the issuer as a bearer token. */
  readonly tokenFile: string | null;
  readonly scopes: readonly JwtRule[];
}

/** What a JWT may do whose `claim` is `value`; the first rule that fits counts. */
export interface JwtRule {
  /** Dotted: `kubernetes.io.namespace`. */
  readonly claim: string;
  /** A `*` stands for any characters. */
  readonly value: string;
  readonly scopes: readonly Scope[];
  readonly application: string | null;
}

const KEYS = ['issuer', 'audience', 'jwksUrl', 'caFile', 'tokenFile', 'scopes'];
const RULE_KEYS = ['claim', 'value', 'scopes', 'application'];

/**
 * Reads the entries of `auth.jwt`.
 * @param origin where the list was written
 * @throws ConfigError for the first that can't be taken, with its path: `auth.jwt[0].scopes[1].value`
 */
export function jwtIssuersOf(list: readonly unknown[], origin: string, cwd: string): JwtIssuer[] {
  return list.map((entry, index) => issuerOf(new Entry(entry, `auth.jwt[${index}]`, origin), cwd));
}

function issuerOf(entry: Entry, cwd: string): JwtIssuer {
  entry.knowsOnly(KEYS);
  const jwksUrl = entry.textOrNull('jwksUrl', 'the url of its keys, or leave it out for OpenID discovery');
  const issuer = entry.text('issuer', 'what stands in the claim iss');
  if (jwksUrl !== null) entry.check('jwksUrl', isSafeUrl(jwksUrl), SAFE_URL);
  else if (!isSafeUrl(issuer)) {
    throw entry.refusal('jwksUrl', `is missing, and the issuer is no url to find it by: write ${SAFE_URL}`);
  }
  const fileOf = (key: string): string | null => {
    const path = entry.textOrNull(key, 'the path of a file, or leave it out');
    return path === null ? null : readable(absolute(cwd, path), entry, key);
  };
  return {
    issuer,
    audience: entry.text('audience', 'what stands in the claim aud of tokens for this Hooktide'),
    jwksUrl,
    caFile: fileOf('caFile'),
    tokenFile: fileOf('tokenFile'),
    scopes: entry.list('scopes', 'a list of {claim, value, scopes}').map((rule) => ruleOf(rule)),
  };
}

function ruleOf(rule: Entry): JwtRule {
  rule.knowsOnly(RULE_KEYS);
  const scopes = rule.value('scopes');
  const areKnown = Array.isArray(scopes) && scopes.length > 0 && scopes.every((scope) => SCOPES.includes(scope));
  rule.check('scopes', areKnown, `a list of ${SCOPES.join(', ')}`);
  const application = rule.textOrNull('application', 'the name of an application, or leave it out');
  if (application !== null && (scopes as Scope[]).includes('admin')) {
    throw rule.refusal('application', 'stands beside the scope admin, which knows no applications: write one of them');
  }
  return {
    claim: rule.text('claim', 'the name of a claim, such as sub'),
    value: rule.text('value', 'what it has to be'),
    scopes: scopes as Scope[],
    application,
  };
}

/** Keys come from there: whoever stands between must not be able to change them. */
const SAFE_URL = 'an https url, or an http one of loopback';

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLoopback = host === 'localhost' || (isAddress(host) && ipaddr.process(host).range() === 'loopback');
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

/** It is read when it is needed, for it changes; one that isn't there is told at once. */
function readable(file: string, entry: Entry, key: string): string {
  try {
    readFileSync(file);
    return file;
  } catch (cause) {
    throw entry.refusal(key, `names a file that can't be read (${reasonOf(cause)})`);
  }
}

/** One section of the list. */
class Entry {
  readonly #fields: Record<string, unknown>;

  constructor(
    section: unknown,
    private readonly path: string,
    private readonly origin: string,
  ) {
    if (!isSection(section)) {
      throw new ConfigError(path, `${origin}: ${path} is ${show(section)}: write a section.`);
    }
    this.#fields = section;
  }

  knowsOnly(keys: string[]): void {
    const unknown = Object.keys(this.#fields).find((key) => !keys.includes(key));
    if (unknown === undefined) return;
    throw this.refusal(unknown, `is no key of Hooktide. The nearest one is ${this.path}.${nearest(unknown, keys)}`);
  }

  value(key: string): unknown {
    return this.#fields[key];
  }

  text(key: string, what: string): string {
    const value = this.#fields[key];
    this.check(key, isText(value), what);
    return value as string;
  }

  textOrNull(key: string, what: string): string | null {
    return (this.#fields[key] ?? null) === null ? null : this.text(key, what);
  }

  list(key: string, what: string): Entry[] {
    const value = this.#fields[key];
    this.check(key, Array.isArray(value) && value.length > 0, what);
    return (value as unknown[]).map((item, index) => new Entry(item, `${this.path}.${key}[${index}]`, this.origin));
  }

  check(key: string, isRight: boolean, what: string): void {
    if (!isRight) throw this.refusal(key, `is ${show(this.#fields[key])}: write ${what}`);
  }

  refusal(key: string, reason: string): ConfigError {
    const path = `${this.path}.${key}`;
    return new ConfigError(path, `${this.origin}: ${path} ${reason}.`);
  }
}
