import type { HookSlingerSettings } from './hook-slinger.dto.js';
import type { Step } from './json-path.js';
import type { JwtIssuer } from './jwt.js';
import type { Secret } from './secret.js';
import type { WebhookQueueSettings } from './webhook-queue.dto.js';
import type { Settings } from './settings.dto.js';

/** What the process runs with: checked, frozen, secrets read. What each key means stands in config/default.yaml. */
export interface Config extends Readonly<
  Omit<
    Settings,
    'database' | 'auth' | 'egress' | 'hookSlinger' | 'redact' | 'secrets' | 'signing' | 'tracing' | 'webhookQueue'
  >
> {
  readonly database: {
    /** null = the embedded Postgres. */
    readonly url: Secret | null;
    /** Null: look-ups go where all goes. */
    readonly replicaUrl: Secret | null;
    /** Absolute. */
    readonly dataDir: string;
    readonly maxConnections: number;
    /** False: a start is refused while migrations are missing. */
    readonly migrateAtStart: boolean;
  };
  readonly auth: {
    /** open = without a token, because only loopback is listened on; none = without a token, said aloud. */
    readonly mode: 'open' | 'token' | 'none';
    /** That of `auth.tokenFile`. Only in the mode token. */
    readonly token: Secret | null;
    /** Only in the mode token. */
    readonly jwt: readonly JwtIssuer[];
  };
  readonly secrets: {
    /** Null: the database keeps one of its own. */
    readonly keys: Secret | null;
  };
  readonly signing: {
    readonly byDefault: boolean;
    readonly overlapHours: number;
    /** Null: deliveries bear no signature of the service's own. */
    readonly keys: Secret | null;
  };
  readonly egress: EgressConfig;
  readonly redact: {
    readonly env: boolean;
    readonly names: readonly string[];
    readonly paths: readonly (readonly Step[])[];
  };
  readonly hookSlinger: HookSlingerConfig;
  readonly tracing: TracingConfig;
  readonly webhookQueue: WebhookQueueConfig;
}

/** Where connections may go, and how. */
export interface EgressConfig {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Null: any. */
  readonly ports: readonly number[] | null;
  /** The url of the forward proxy. Null: none. */
  readonly proxy: Secret | null;
  readonly proxyResolves: boolean;
  readonly noProxy: readonly string[];
  readonly tls: {
    /** Certificates of authorities, in PEM. Null: none of its own. */
    readonly ca: string | null;
    readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  };
}

/** How direct messages come in and leave. */
export interface HookSlingerConfig extends Readonly<
  Omit<HookSlingerSettings, 'apiToken' | 'apiTokenFile' | 'successStatus'>
> {
  readonly successStatus: number | null;
  /** Null: only the token of `auth` counts. */
  readonly token: Secret | null;
}

/** Where spans go. */
export interface TracingConfig {
  /** Null: nowhere, and none are made. */
  readonly endpoint: string | null;
  /** As src/config/tracing-values.ts reads them. */
  readonly headers: Secret | null;
  readonly samplePercent: number;
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
