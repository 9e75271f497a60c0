import { createHash } from 'node:crypto';
import { CutShort } from '../../egress/cut-short.js';
import type { EgressClient } from '../../egress/client.js';
import type { Ended } from '../../egress/exchange.js';
import type { Outcome, Reason } from '../../updates/outcome.js';
import type { ReceiverAuth } from '../../updates/webhook-secrets.js';

export type OAuth2 = Extract<ReceiverAuth, { type: 'oauth2' }>;

/** The attempt that needs a token. */
export interface Asking {
  /** Ends its waiting, not the request that others wait for, too. */
  cutShort: CutShort;
  /** It waits no longer. */
  deadlineMillis: number;
  onlyTo?: readonly string[] | null | undefined;
}

export type Asked = { ok: true; token: string } | { ok: false; outcome: Outcome };

interface Kept {
  token: string;
  /** By `performance.now()`. */
  until: number;
}

interface UnderWay {
  answer: Promise<Asked>;
  cutShort: CutShort;
}

const MOST_TOKENS = 1_000;
const MOST_BYTES = 65_536;
/** RFC 6749 §5.1 leaves open how long a token without `expires_in` is good. */
const DEFAULT_SECONDS = 300;
/** One that is about to end may have ended when it arrives. */
const LEEWAY_MILLIS = 10_000;
/** RFC 6750 §2.1, as a header can bear it. */
const TOKEN = /^[\x21-\x7e]+$/;
/** RFC 6749 §5.2, and what servers say beside that. Of other words nobody knows what they hold: they are not told. */
const KNOWN_ERRORS: readonly unknown[] = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
];
const OTHER_TYPE = 'what it gives is no Bearer token';
const CUT = 'Cut short to make room for receivers that answer';

/**
 * Tokens by client credentials (RFC 6749 §4.4). One that is good is kept, and given to whoever has the same credentials;
 * many that want it at once wait for one request, which has the limits of the config: what ends one of them early doesn't
 * end it for the others. It is made with the config's TLS settings: a webhook's own are for its receiver.
 */
export class TokenServers {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, UnderWay>();

  constructor(private readonly egress: Pick<EgressClient, 'post'>) {}

  get(auth: OAuth2, asking: Asking): Asked | Promise<Asked> {
    const key = keyOf(auth, asking.onlyTo);
    const { token, until = 0 } = this.kept.get(key) ?? {};
    if (token !== undefined && performance.now() < until) return { ok: true, token };
    const { answer } = this.underWay.get(key) ?? this.begin(auth, asking.onlyTo, key);
    return waitFor(answer, auth, asking);
  }

  /** The receiver doesn't take this one any more. */
  forget(auth: OAuth2, { onlyTo }: Pick<Asking, 'onlyTo'>, token: string): void {
    const key = keyOf(auth, onlyTo);
    if (this.kept.get(key)?.token === token) this.kept.delete(key);
  }

  /** Ends what is under way. */
  close(): void {
    for (const { cutShort } of this.underWay.values()) cutShort.request();
  }

  private begin(auth: OAuth2, onlyTo: Asking['onlyTo'], key: string): UnderWay {
    const cutShort = new CutShort();
    const answer = this.ask(auth, onlyTo, cutShort, key).finally(() => this.underWay.delete(key));
    const begun = { answer, cutShort };
    this.underWay.set(key, begun);
    return begun;
  }

  private async ask(auth: OAuth2, onlyTo: Asking['onlyTo'], cutShort: CutShort, key: string): Promise<Asked> {
    const reply = await this.egress.post({
      url: new URL(auth.tokenUrl),
      ...requestOf(auth),
      onlyTo,
      cutShort,
      wholeBodyBytes: MOST_BYTES,
    });
    const answer = reply.ok ? parse(reply.text) : {};
    const { access_token: token, expires_in: seconds, token_type: type } = answer;
    const isToken = typeof token === 'string' && TOKEN.test(token);
    if (!reply.ok || reply.status !== 200 || !isToken) return refused(auth, reply, answer.error);
    if (typeof type === 'string' && type.toLowerCase() !== 'bearer') return refused(auth, reply, OTHER_TYPE);
    const lifeMillis = 1000 * (Number(seconds) > 0 ? Number(seconds) : DEFAULT_SECONDS);
    if (this.kept.size >= MOST_TOKENS) this.kept.clear();
    this.kept.set(key, { token, until: performance.now() + lifeMillis - Math.min(LEEWAY_MILLIS, lifeMillis / 2) });
    return { ok: true, token };
  }
}

function requestOf({ scope, audience, clientId, clientSecret, sendAs }: OAuth2) {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope) form.set('scope', scope);
  if (audience) form.set('audience', audience);
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  if (sendAs === 'body') {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  } else {
    headers.authorization = basic(clientId, clientSecret);
  }
  return { headers, body: form.toString() };
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  const [user, password] = [clientId, clientSecret].map((text) =>
    new URLSearchParams({ '': text }).toString().slice(1),
  );
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Whoever may go elsewhere, or has other credentials, gets a token of its own. */
function keyOf(auth: OAuth2, onlyTo: Asking['onlyTo']): string {
  const { tokenUrl, clientId, clientSecret, scope, audience, sendAs } = auth;
  const own = [tokenUrl, clientId, clientSecret, scope, audience, sendAs, onlyTo].map((value) => value ?? null);
  return createHash('sha256').update(JSON.stringify(own)).digest('base64');
}

function parse(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

function waitFor(answer: Promise<Asked>, auth: OAuth2, { cutShort, deadlineMillis }: Asking): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const end = (asked: Asked): void => {
      clearTimeout(late);
      cutShort.onRequest = null;
      resolve(asked);
    };
    const giveUp = (reason: Reason, detail: string): void =>
      end({
        ok: false,
        outcome: { reason, detail, durationMillis: Math.round(performance.now() - startedAt), phases: {} },
      });
    const tooLong = `${about(auth)} gave no answer within ${deadlineMillis} ms`;
    const late = setTimeout(() => giveUp('token_refused', tooLong), deadlineMillis);
    cutShort.onRequest = () => giveUp('cut_short', CUT);
    if (cutShort.isRequested) cutShort.onRequest();
    answer.then(end, (error: Error) => {
      clearTimeout(late);
      reject(error);
    });
  });
}

const about = ({ tokenUrl }: OAuth2): string => `The token server at ${new URL(tokenUrl).origin}`;

function refused(auth: OAuth2, reply: Ended, error: unknown): Asked {
  const { durationMillis, phases } = reply;
  const reason = !reply.ok && reply.reason === 'cut_short' ? 'cut_short' : 'token_refused';
  const code = error === OTHER_TYPE || KNOWN_ERRORS.includes(error) ? `: ${String(error)}` : '';
  const what = reply.ok ? `answered ${reply.status} without a token${code}` : `gave no token: ${reply.detail}`;
  return { ok: false, outcome: { reason, detail: `${about(auth)} ${what}`, durationMillis, phases } };
}
