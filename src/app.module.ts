import { lookup } from 'node:dns';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiModule } from './api/api.module.js';
import { AuditModule } from './api/audit.module.js';
import { JobsModule } from './api/jobs/jobs.module.js';
import { Retained } from './api/jobs/storage.js';
import { RequestLimits } from './api/body.guard.js';
import { Rhythm } from './api/clocks.js';
import { PublicKeys } from './api/keys.controller.js';
import { DeliveriesModule } from './api/deliveries.module.js';
import { Prefix } from './api/docs/docs.controller.js';
import { DocsModule } from './api/docs/docs.module.js';
import { MessagesModule } from './api/messages.module.js';
import { ApiMetrics } from './api/metrics.js';
import { MetricsModule } from './api/metrics.module.js';
import { Kept } from './api/why-nothing.js';
import { TestSendModule } from './api/test-send.module.js';
import { TokensModule } from './api/tokens.module.js';
import { Authenticator } from './auth/authenticator.js';
import type { Auth } from './auth/open.js';
import { Tokens } from './auth/tokens.js';
import type { Config } from './config/config.js';
import { Database } from './database/database.js';
import { compileEgress } from './egress/compile.js';
import { Reach } from './egress/reach.js';
import { createDataSource } from './database/data-source.js';
import type { ServiceMetrics } from './open-metrics.js';
import { Jobs } from './queue/jobs.js';
import { Lookups } from './queue/lookups.js';
import { Queue } from './queue/queue.js';
import { Wake } from './queue/wake.js';
import { Vault } from './secrets/vault.js';
import type { SigningKeyPair } from './signing/asymmetric.js';
import { Sink } from './sinks/sink.js';
import { Arrivals } from './sources/arrivals.js';
import { Emitter, Messenger } from './sources/emit.js';
import { HookSlingerModule } from './sources/hook-slinger/hook-slinger.module.js';
import { HookSlingerOptions } from './sources/hook-slinger/options.js';
import { IngestModule } from './sources/ingest/ingest.module.js';
import { IngestLimits } from './sources/ingest/ingest.service.js';
import { Log } from './telemetry/log.js';
import { Metrics } from './telemetry/metrics.js';
import { Tracing, UNTRACED } from './telemetry/tracing.js';
import { DisabledAction } from './webhooks/disabled-action.entity.js';
import { Webhook } from './webhooks/webhook.entity.js';
import { SigningOptions } from './webhooks/signing-options.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** A registry call waits no longer for the database. */
const REGISTRY = { query_timeout: 10_000 };

/** What the modules share, made by `startService`. */
export interface Shared {
  config: Config;
  log: Log;
  metrics: ServiceMetrics;
  /** Null: no spans are made. */
  tracing: Tracing | null;
  database: Database;
  wake: Wake;
  queue: Queue;
  lookups: Lookups;
  jobs: Jobs;
  sink: Sink;
  auth: Pick<Auth, 'authenticator' | 'tokens'>;
  vault: Vault;
  /** The service's own keys that sign. */
  keyPairs: readonly SigningKeyPair[];
}

/** Names every module, and hands each what would otherwise point against the flow. Holds no logic. */
@Global()
@Module({})
export class AppModule {
  static with({
    config,
    log,
    metrics,
    tracing,
    database,
    wake,
    queue,
    lookups,
    jobs,
    sink,
    auth,
    vault,
    keyPairs,
  }: Shared): DynamicModule {
    const dataSourceFactory = () => createDataSource(database.url, [Webhook, DisabledAction], REGISTRY).initialize();
    const providers = [
      { provide: Log, useValue: log },
      { provide: Metrics, useValue: metrics.metrics },
      { provide: ApiMetrics, useValue: metrics.api },
      { provide: Arrivals, useValue: metrics.arrivals },
      { provide: Tracing, useValue: tracing ?? UNTRACED },
      { provide: Database, useValue: database },
      { provide: Wake, useValue: wake },
      { provide: Queue, useValue: queue },
      { provide: Sink, useValue: sink },
      { provide: Lookups, useValue: lookups },
      { provide: Jobs, useValue: jobs },
      { provide: Vault, useValue: vault },
      { provide: SigningOptions, useValue: config.signing },
      { provide: PublicKeys, useValue: { keys: keyPairs.map((pair) => pair.public) } satisfies PublicKeys },
      { provide: Authenticator, useValue: auth.authenticator },
      { provide: Tokens, useValue: auth.tokens },
      { provide: RequestLimits, useValue: config.ingest },
      { provide: Emitter, useValue: { emit: queue.enqueue.bind(queue) } satisfies Emitter },
      { provide: Messenger, useValue: { send: queue.enqueueMessage.bind(queue) } satisfies Messenger },
      { provide: IngestLimits, useValue: config.ingest },
      { provide: HookSlingerOptions, useValue: config.hookSlinger },
      { provide: Rhythm, useValue: config },
      { provide: Prefix, useValue: config.server },
      { provide: Kept, useValue: config },
      { provide: Retained, useValue: config },
      { provide: Reach, useValue: new Reach(compileEgress(config.egress), lookup) },
    ];
    const faces = config.roles.includes('api')
      ? [
          TypeOrmModule.forRootAsync({ useFactory: () => ({}), dataSourceFactory }),
          WebhooksModule,
          IngestModule,
          HookSlingerModule,
          DeliveriesModule,
          TestSendModule,
          MessagesModule,
          TokensModule,
          AuditModule,
          JobsModule,
          DocsModule,
        ]
      : [];
    return {
      module: AppModule,
      imports: [ApiModule, MetricsModule.with(config.metrics), ...faces],
      providers,
      exports: providers,
    };
  }
}
