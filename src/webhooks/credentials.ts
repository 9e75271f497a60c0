import { parseDestination } from '../egress/destination.js';
import type { ReceiverAuth, ReceiverTls, Signing } from '../updates/webhook-secrets.js';
import { secretProblem } from '../signing/symmetric.js';
import { isObject } from './input.js';
import { readFields, refuse } from './read-fields.js';
import { NotNull, oneOf, Optional, Required, text, textOf, type Check } from './rules.js';

/** Stands for a secret wherever a webhook is shown; given back, it keeps the one that is stored. */
export const HIDDEN = '***';

type Given = Record<string, unknown>;

const MOST_CHARACTERS = 4_096;
const PEM_CHARACTERS = 65_536;

/** Never shows what was given. */
const secretText =
  (most: number): Check =>
  (given) =>
    typeof given === 'string' ? textOf(most)(given) : ' is no text: write it as a text';

/** RFC 7617 §2, RFC 6749 §2.3.1: what a header can bear. */
const credential: Check = (given) => {
  const problem = secretText(MOST_CHARACTERS)(given);
  if (problem !== null) return problem;
  return /^[\x20-\x7e]*$/.test(given as string)
    ? null
    : ' holds a character that a header can not bear: write visible ASCII';
};
const someCredential: Check = (given) => credential(given) ?? (given === '' ? ' is empty: write it' : null);
const user: Check = (given) =>
  someCredential(given) ??
  ((given as string).includes(':') ? ' holds a colon, which ends the user: leave it out' : null);
const tokenUrl: Check = (given) => {
  const problem = text(given);
  if (problem !== null) return problem;
  const destination = parseDestination(given as string);
  return destination.ok ? null : `: ${destination.problem.replace('The uri', 'It')}`;
};

class BasicDto {
  @Required(oneOf(['basic']))
  type: 'basic';

  @Required(user)
  user: string;

  @Required(credential)
  password: string;
}

class BearerDto {
  @Required(oneOf(['bearer']))
  type: 'bearer';

  @Required(someCredential)
  token: string;
}

class OAuth2Dto {
  @Required(oneOf(['oauth2']))
  type: 'oauth2';

  @Required(tokenUrl)
  tokenUrl: string;

  @Required(someCredential)
  clientId: string;

  @Required(someCredential)
  clientSecret: string;

  @NotNull(someCredential)
  scope?: string;

  @NotNull(someCredential)
  audience?: string;

  @NotNull(oneOf(['basic', 'body']))
  sendAs?: 'basic' | 'body';
}

const BY_TYPE = { basic: BasicDto, bearer: BearerDto, oauth2: OAuth2Dto };
/** What of each kind is hidden. */
const SECRET_OF = { basic: 'password', bearer: 'token', oauth2: 'clientSecret' } as const;
const aType = oneOf(Object.keys(BY_TYPE));

/** @throws InvalidInputError for the first field that is wrong; no secret is ever shown */
export function readAuth(given: Given, stored: ReceiverAuth | null): ReceiverAuth {
  const problem = aType(given.type);
  if (problem !== null) refuse('auth.type', problem);
  const type = given.type as keyof typeof BY_TYPE;
  const name = SECRET_OF[type];
  const known = stored?.type === type ? (stored as unknown as Given)[name] : undefined;
  const isKept = given[name] === HIDDEN;
  const fields = isKept ? { ...given, [name]: known ?? keepsNothing(`auth.${name}`) } : given;
  const auth = { ...readFields<BasicDto | BearerDto | OAuth2Dto>(BY_TYPE[type], fields, 'auth.') };
  if (isKept && auth.type === 'oauth2' && stored?.type === 'oauth2') checkKept(auth.tokenUrl, stored.tokenUrl);
  return auth;
}

/** Who may change a webhook must not learn its secret by naming a token server of their own. */
function checkKept(tokenUrl: string, before: string): void {
  if (new URL(tokenUrl).origin === new URL(before).origin) return;
  refuse('auth.clientSecret', ` is ${HIDDEN}, and auth.tokenUrl names another server: write it for that one`);
}

export function showAuth(auth: ReceiverAuth | null): Given | null {
  return auth && { ...auth, [SECRET_OF[auth.type]]: HIDDEN };
}

class TlsDto {
  @Optional(secretText(PEM_CHARACTERS))
  ca?: string | null;

  @Optional(secretText(PEM_CHARACTERS))
  certificate?: string | null;

  @Optional(secretText(PEM_CHARACTERS))
  key?: string | null;
}

/**
 * @param problemOf what is wrong with a whole of them
 * @throws InvalidInputError
 */
export function readTls(
  given: Given,
  stored: ReceiverTls | null,
  problemOf: (tls: ReceiverTls) => string | null,
): ReceiverTls | null {
  const fields = given.key === HIDDEN ? { ...given, key: stored?.key ?? keepsNothing('tls.key') } : given;
  const { ca, certificate, key } = readFields(TlsDto, fields, 'tls.');
  const tls = Object.fromEntries(Object.entries({ ca, certificate, key }).filter(([, pem]) => pem)) as ReceiverTls;
  const problem = problemOf(tls);
  if (problem !== null) refuse('tls', `: ${problem}`);
  return Object.keys(tls).length === 0 ? null : tls;
}

export function showTls(tls: ReceiverTls | null): ReceiverTls | null {
  return tls && { ...tls, ...(tls.key === undefined ? {} : { key: HIDDEN }) };
}

/** What is given of how deliveries are signed; missing: as it was. */
export interface GivenSigning {
  secret?: string | null | undefined;
  hubSignature?: boolean | null | undefined;
}

/**
 * @param stored undefined: the webhook is new, and gets a secret where none is given. Its keys are left empty then
 * @returns undefined: a new one is told nothing
 * @throws InvalidInputError
 */
export function readSigning(
  { secret, hubSignature }: GivenSigning,
  stored: Signing | null | undefined,
): Signing | null | undefined {
  const keys = secret === undefined || secret === HIDDEN ? stored?.keys : secret === null ? [] : [{ secret }];
  if (secret === HIDDEN && keys === undefined) keepsNothing('secret');
  const hub = hubSignature ?? (hubSignature === undefined && stored?.hub === true);
  const isOpen = stored === undefined && secret === undefined;
  if (isOpen) return hub ? { keys: [], hub } : undefined;
  if (!keys || keys.length === 0) {
    if (hub) refuse('hubSignature', ' is true, but nothing is there to sign with: give a secret, such as whsec_…');
    return null;
  }
  return { keys, ...(hub ? { hub } : {}) };
}

/** Something that isn't one may be the secret itself: it is never shown. */
export const hiddenObject =
  (what: string): Check =>
  (given) =>
    isObject(given) ? null : ` is no object: write one, such as ${what}`;

/** What a secret can be; its value is never shown. */
export const aSecret: Check = (given) => {
  if (typeof given !== 'string') return ' is no text: write whsec_ and 24 to 64 bytes in base64';
  return given === HIDDEN ? null : secretProblem(given);
};

function keepsNothing(path: string): never {
  return refuse(path, ` is ${HIDDEN}, which keeps what is stored, and nothing is: write it`);
}
