import type { Direct } from '../updates/direct.js';
import { NO_SECRETS, type WebhookSecrets } from '../updates/webhook-secrets.js';
import { isSealed, SealError, type Keyring } from './keyring.js';

/** What of a webhook's row holds its secrets. */
export interface StoredSecrets {
  sealed: string | null;
  /** In the clear: written by a process of an older build, or while there was one. It counts before what is sealed. */
  headers: Record<string, string> | null;
}

/** What couldn't be opened is missing, and the reason is there: nothing may be sent without it. */
export type OpenedSecrets = WebhookSecrets & { unreadable?: string };

/**
 * Keeps what is secret: seals what goes into the database, opens what comes out of it. While a process of a build is alive
 * that can't open it, headers and the credentials of messages go in as that one wrote them; they are sealed later.
 */
export class Vault {
  constructor(
    private readonly keyring: Keyring,
    /** Whether every process that is alive can open what is sealed. */
    private readonly everybodySeals: () => boolean,
  ) {}

  /** What the texts begin with that are sealed by the newest key. */
  get seal(): string {
    return this.keyring.prefix;
  }

  get isSealingAll(): boolean {
    return this.everybodySeals();
  }

  closeSecrets({ headers, auth, signing, tls }: WebhookSecrets): StoredSecrets {
    const inClear = this.isSealingAll ? null : headers;
    const secret = Object.entries({ headers: inClear ? null : headers, auth, signing, tls }).filter(
      ([, value]) => value !== null,
    );
    if (secret.length === 0) return { sealed: null, headers: inClear };
    return { sealed: this.keyring.seal(JSON.stringify(Object.fromEntries(secret)), 'webhook'), headers: inClear };
  }

  openSecrets({ sealed, headers }: StoredSecrets): OpenedSecrets {
    if (sealed === null) return { ...NO_SECRETS, headers };
    try {
      const opened = JSON.parse(this.keyring.open(sealed, 'webhook')) as Partial<WebhookSecrets>;
      return { ...NO_SECRETS, ...opened, headers: headers ?? opened.headers ?? null };
    } catch (error) {
      return { ...NO_SECRETS, headers, unreadable: reasonOf(error) };
    }
  }

  closeMessage(direct: Direct): Direct {
    const { authorization } = direct;
    if (authorization === undefined) return direct;
    // What looks sealed would be opened when it is sent: so nobody has something opened that they found in the database.
    if (!this.isSealingAll && !isSealed(authorization)) return direct;
    return { ...direct, authorization: this.keyring.seal(authorization, 'message') };
  }

  openMessage(direct: Direct): Direct {
    const { authorization } = direct;
    if (authorization === undefined || !isSealed(authorization)) return direct;
    try {
      return { ...direct, authorization: this.keyring.open(authorization, 'message') };
    } catch (error) {
      return { ...direct, authorization: undefined, unreadable: reasonOf(error) };
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SealError) return error.message;
  throw error;
}
