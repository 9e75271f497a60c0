/** How Hooktide says to a receiver who it is; static headers of a webhook's own may say it too. */
export type ReceiverAuth =
  | { type: 'basic'; user: string; password: string }
  | { type: 'bearer'; token: string }
  /** Client credentials (RFC 6749 §4.4): the token is asked for by `tokenUrl`, kept while it is good, and asked for anew after a 401. */
  | {
      type: 'oauth2';
      tokenUrl: string;
      clientId: string;
      clientSecret: string;
      scope?: string;
      audience?: string;
      /** Where the credentials stand: in the header (the default, RFC 6749 §2.3.1), or in the body. */
      sendAs?: 'basic' | 'body';
    };

/** A secret that signs, as receivers have it: `whsec_` and base64. */
export interface SigningKey {
  secret: string;
  /** Epoch milliseconds; missing: until it is replaced. */
  untilMillis?: number;
}

/** How deliveries of a webhook are signed. */
export interface Signing {
  /** The newest first; those before sign beside it until they end. */
  keys: SigningKey[];
  /** `X-Hub-Signature-256` beside it, for receivers that know only that. */
  hub?: boolean;
}

/** PEM texts. */
export interface ReceiverTls {
  /** Whom to trust in place of the config's authorities. */
  ca?: string;
  /** Shown to a receiver that asks who calls (mTLS). */
  certificate?: string;
  key?: string;
}

/** What of a webhook is secret: sealed in the database, never shown, `***` wherever it would stand. */
export interface WebhookSecrets {
  /** Sent beside those of Hooktide and of the format. */
  headers: Record<string, string> | null;
  auth: ReceiverAuth | null;
  signing: Signing | null;
  tls: ReceiverTls | null;
}

export const NO_SECRETS: WebhookSecrets = { headers: null, auth: null, signing: null, tls: null };
