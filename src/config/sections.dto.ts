import { AN_ENTRY, isEntry } from './egress-entry.js';
import { isPortsOrNull, isProxyUrlOrNull } from './egress-values.js';
import { A_PATH, isPath } from './json-path.js';
import { AN_ORIGIN, isOrigin } from './origin.js';
import {
  Flag,
  isContextPath,
  isHost,
  isPostgresUrlOrNull,
  isPathOrNull,
  isText,
  isTextOrNull,
  isWhole,
  ListOf,
  MOST_HOURS,
  MOST_MILLIS,
  OneOf,
  SecretValue,
  Section,
  Value,
  Whole,
} from './rules.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

const SOME_ENTRIES = '[10.0.0.0/8, hooks.internal]';

export class ServerSettings {
  @Value('an address or a host name, such as 127.0.0.1', isHost)
  readonly host: string;

  @Value('a port from 0 (any free one) to 65535', isWhole(0, 65_535))
  readonly port: number;

  @Value('a path that begins with / and does not end with one, such as /singularity, or / for none', isContextPath)
  readonly contextPath: string;

  @ListOf(AN_ORIGIN, '[https://ops.example.com]', isOrigin)
  readonly corsOrigins: readonly string[];

  @Whole('milliseconds', 0, MOST_MILLIS)
  readonly drainMillis: number;
}

export class DatabaseSettings {
  @SecretValue('postgres://user:password@host:5432/database, or null for the embedded Postgres', isPostgresUrlOrNull)
  readonly url: string | null;

  @SecretValue('the path of a file that holds the url, or null', isPathOrNull)
  readonly urlFile: string | null;

  @SecretValue('postgres://user:password@host:5432/database, or null for no replica', isPostgresUrlOrNull)
  readonly replicaUrl: string | null;

  @SecretValue('the path of a file that holds the url, or null', isPathOrNull)
  readonly replicaUrlFile: string | null;

  @Value('the path of a directory, such as .hooktide', isText)
  readonly dataDir: string;

  @Whole('connections', 1, 10_000)
  readonly maxConnections: number;

  @Flag()
  readonly migrateAtStart: boolean;
}

export class AuthSettings {
  @OneOf(['token', 'none', null])
  readonly mode: 'token' | 'none' | null;

  @Value('the path of a file that holds the token, or null', isTextOrNull)
  readonly tokenFile: string | null;

  /** What stands in each, `jwt.ts` reads. */
  @Value('a list of issuers with audience and scopes, such as config/default.yaml shows', Array.isArray)
  readonly jwt: readonly unknown[];
}

export class EgressTlsSettings {
  @Value('the path of a file of certificates in PEM, or null', isPathOrNull)
  readonly caFile: string | null;

  @OneOf(['TLSv1.2', 'TLSv1.3'])
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export class EgressSettings {
  @ListOf(AN_ENTRY, SOME_ENTRIES, isEntry)
  readonly allow: readonly string[];

  @ListOf(AN_ENTRY, SOME_ENTRIES, isEntry)
  readonly deny: readonly string[];

  @Value('a list of ports, such as [443, 8443], or null for any', isPortsOrNull)
  readonly ports: readonly (number | string)[] | string | null;

  @SecretValue('http://user:password@host:3128 or https://…, nothing behind the port, or null', isProxyUrlOrNull)
  readonly proxy: string | null;

  @SecretValue('the path of a file that holds the url, or null', isPathOrNull)
  readonly proxyFile: string | null;

  @Flag()
  readonly proxyResolves: boolean;

  @ListOf(AN_ENTRY, SOME_ENTRIES, isEntry)
  readonly noProxy: readonly string[];

  @Section(() => EgressTlsSettings)
  readonly tls: EgressTlsSettings;
}

export class SecretsSettings {
  @SecretValue('32 bytes in base64, the newest key first, or null', isTextOrNull)
  readonly keys: string | null;

  @SecretValue('the path of a file that holds the keys, or null', isPathOrNull)
  readonly keysFile: string | null;
}

export class SigningSettings {
  @Flag()
  readonly byDefault: boolean;

  @Whole('hours', 0, MOST_HOURS)
  readonly overlapHours: number;

  @SecretValue('a private key of Ed25519 such as whsk_…, or null', isTextOrNull)
  readonly keys: string | null;

  @SecretValue('the path of a file that holds the keys, or null', isPathOrNull)
  readonly keysFile: string | null;
}

export class HttpSettings {
  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly connectTimeoutMillis: number;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly totalTimeoutMillis: number;

  @Whole('bytes', 1)
  readonly maxResponseBytes: number;

  @Whole('bytes', 1)
  readonly maxResponseHeaderBytes: number;
}

export class IngestSettings {
  @Whole('bytes', 1)
  readonly maxPayloadBytes: number;

  @Whole('updates', 1)
  readonly maxUpdatesPerRequest: number;

  @Whole('bytes', 1)
  readonly maxRequestBytes: number;
}

/** Of variables: no blank, and no `=`, which ends a name. */
const isNamePattern = (value: unknown): boolean => typeof value === 'string' && /^[^\s=]+$/.test(value);

export class RedactSettings {
  @Flag()
  readonly env: boolean;

  @ListOf('a name, or a pattern such as "*TOKEN*"', '["*TOKEN*", DATABASE_URL]', isNamePattern)
  readonly names: readonly string[];

  @ListOf(A_PATH, '[$.deploy.command]', isPath)
  readonly paths: readonly string[];
}

export class LogSettings {
  @OneOf(LOG_LEVELS)
  readonly level: LogLevel;

  @OneOf(LOG_FORMATS)
  readonly format: LogFormat;
}

/** Series for each: more would be a burden for whoever keeps them. */
const MOST_WEBHOOKS = 1_000;

export class MetricsSettings {
  @Flag()
  readonly isPublic: boolean;

  @Whole('webhooks', 0, MOST_WEBHOOKS)
  readonly maxWebhooks: number;
}
