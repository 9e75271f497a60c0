import type { HookSlingerSettings } from './hook-slinger.dto.js';
import type { Secret } from './secret.js';
import type { WebhookQueueSettings } from './sections.dto.js';
import type { Settings } from './settings.dto.js';

/** What the process runs with: checked, frozen, secrets read. What each key means stands in config/default.yaml. */
export interface Config extends Readonly<Omit<Settings, 'database' | 'auth' | 'hookSlinger' | 'webhookQueue'>> {
  readonly database: {
    /** null = the embedded Postgres. */
    readonly url: Secret | null;
    /** Absolute. */
    readonly dataDir: string;
    readonly maxConnections: number;
  };
  readonly auth: {
    /** open = without a token, because only loopback is listened on; none = without a token, said aloud. */
    readonly mode: 'open' | 'token' | 'none';
    /** Set if and only if the mode is token. */
    readonly token: Secret | null;
  };
  readonly hookSlinger: HookSlingerConfig;
  readonly webhookQueue: WebhookQueueConfig;
}

/** How direct messages come in and leave. */
export interface HookSlingerConfig extends Readonly<
  Omit<HookSlingerSettings, 'apiToken' | 'apiTokenFile' | 'successStatus'>
> {
  readonly successStatus: number | null;
  /** Null: only the token of `auth` counts. */
  readonly token: Secret | null;
}

/** Where updates go, and how SNS is reached. */
export interface WebhookQueueConfig extends Readonly<
  Omit<WebhookQueueSettings, 'awsAccessKey' | 'awsSecretKey' | 'awsSecretKeyFile'>
> {
  /** Null: the AWS SDK's own chain. */
  readonly awsKeys: { readonly accessKeyId: string; readonly secretAccessKey: Secret } | null;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was laid over the defaults, absolute; null if there was none. */
  readonly file: string | null;
  /** Sentences for the operator, to be logged once at start. */
  readonly warnings: readonly string[];
}
