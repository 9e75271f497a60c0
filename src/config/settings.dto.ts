import { Flag, Limit, ListOf, MOST_HOURS, MOST_MILLIS, Section, Whole } from './rules.js';
import { HookSlingerSettings } from './hook-slinger.dto.js';
import {
  AuthSettings,
  DatabaseSettings,
  EgressSettings,
  HttpSettings,
  IngestSettings,
  LogSettings,
  MetricsSettings,
  RedactSettings,
  SecretsSettings,
  ServerSettings,
  SigningSettings,
} from './sections.dto.js';
import { WebhookQueueSettings } from './webhook-queue.dto.js';
import { TracingSettings } from './tracing.dto.js';

export const ROLES = ['api', 'dispatch'] as const;
export type Role = (typeof ROLES)[number];

const isRole = (value: unknown): boolean => ROLES.some((role) => role === value);

/** The keys as files and variables give them. What each means stands in config/default.yaml. */
export class Settings {
  @Section(() => ServerSettings)
  readonly server: ServerSettings;

  @ListOf('api or dispatch', '[api, dispatch]', isRole, 1)
  readonly roles: readonly Role[];

  @Section(() => DatabaseSettings)
  readonly database: DatabaseSettings;

  @Section(() => AuthSettings)
  readonly auth: AuthSettings;

  @Section(() => EgressSettings)
  readonly egress: EgressSettings;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly checkWebhooksEveryMillis: number;

  @Limit('updates')
  readonly maxQueuedUpdatesPerWebhook: number;

  @Limit('hours', MOST_HOURS)
  readonly deleteUndeliverableWebhooksAfterHours: number;

  @Limit('hours', MOST_HOURS)
  readonly disableFailingWebhooksAfterHours: number;

  @Limit('deliveries')
  readonly drainPerSecond: number;

  @Whole('deliveries', 1)
  readonly maxConcurrentWebhooks: number;

  @Whole('deliveries', 1)
  readonly maxConcurrentPerWebhook: number;

  @Whole('deliveries', 1)
  readonly maxWaitingDeliveries: number;

  @Whole('deliveries', 1)
  readonly maxFanOut: number;

  @Flag()
  readonly wakeOnEnqueue: boolean;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly leaseMillis: number;

  @Whole('milliseconds', 0, MOST_MILLIS)
  readonly shutdownTimeoutMillis: number;

  @Whole('bytes', 1)
  readonly maxBufferedBytes: number;

  @Section(() => SecretsSettings)
  readonly secrets: SecretsSettings;

  @Section(() => SigningSettings)
  readonly signing: SigningSettings;

  @Section(() => HttpSettings)
  readonly http: HttpSettings;

  @Section(() => IngestSettings)
  readonly ingest: IngestSettings;

  @Section(() => RedactSettings)
  readonly redact: RedactSettings;

  @Section(() => HookSlingerSettings)
  readonly hookSlinger: HookSlingerSettings;

  @Whole('hours', 1, MOST_HOURS)
  readonly deadLetterRetentionHours: number;

  @Whole('hours', 1, MOST_HOURS)
  readonly historyRetentionHours: number;

  @Whole('hours', 1, MOST_HOURS)
  readonly idempotencyHours: number;

  @Whole('hours', 1, MOST_HOURS)
  readonly auditRetentionHours: number;

  @Section(() => LogSettings)
  readonly log: LogSettings;

  @Section(() => MetricsSettings)
  readonly metrics: MetricsSettings;

  @Section(() => TracingSettings)
  readonly tracing: TracingSettings;

  @Section(() => WebhookQueueSettings)
  readonly webhookQueue: WebhookQueueSettings;
}
