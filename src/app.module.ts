import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiModule } from './api/api.module.js';
import { Rhythm } from './api/clocks.js';
import { DeliveriesModule } from './api/deliveries.module.js';
import { Prefix } from './api/docs/docs.controller.js';
import { DocsModule } from './api/docs/docs.module.js';
import { MessagesModule } from './api/messages.module.js';
import { Kept } from './api/why-nothing.js';
import { TestSendModule } from './api/test-send.module.js';
import { ApiToken } from './auth/token.guard.js';
import type { Config } from './config/config.js';
import { Database } from './database/database.js';
import { compileRules } from './egress/address.js';
import { createDataSource } from './database/data-source.js';
import { Lookups } from './queue/lookups.js';
import { Queue } from './queue/queue.js';
import { Wake } from './queue/wake.js';
import { Sink } from './sinks/sink.js';
import { Emitter, Messenger } from './sources/emit.js';
import { HookSlingerModule } from './sources/hook-slinger/hook-slinger.module.js';
import { HookSlingerOptions } from './sources/hook-slinger/options.js';
import { IngestModule } from './sources/ingest/ingest.module.js';
import { IngestLimits } from './sources/ingest/ingest.service.js';
import { Log } from './telemetry/log.js';
import { DisabledAction } from './webhooks/disabled-action.entity.js';
import { Reachable } from './webhooks/sail/hook-url.js';
import { Webhook } from './webhooks/webhook.entity.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

/** A registry call waits no longer for the database. */
const REGISTRY = { query_timeout: 10_000 };

/** What the modules share, made by `startService`. */
export interface Shared {
  config: Config;
  log: Log;
  database: Database;
  wake: Wake;
  queue: Queue;
  lookups: Lookups;
  sink: Sink;
}

/** Names every module, and hands each what would otherwise point against the flow. Holds no logic. */
@Global()
@Module({})
export class AppModule {
  static with({ config, log, database, wake, queue, lookups, sink }: Shared): DynamicModule {
    const dataSourceFactory = () => createDataSource(database.url, [Webhook, DisabledAction], REGISTRY).initialize();
    const providers = [
      { provide: Log, useValue: log },
      { provide: Database, useValue: database },
      { provide: Wake, useValue: wake },
      { provide: Queue, useValue: queue },
      { provide: Sink, useValue: sink },
      { provide: Lookups, useValue: lookups },
      { provide: ApiToken, useValue: new ApiToken(config.auth.token) },
      { provide: Emitter, useValue: { emit: queue.enqueue.bind(queue) } satisfies Emitter },
      { provide: Messenger, useValue: { send: queue.enqueueMessage.bind(queue) } satisfies Messenger },
      { provide: IngestLimits, useValue: config.ingest },
      { provide: HookSlingerOptions, useValue: config.hookSlinger },
      { provide: Rhythm, useValue: config },
      { provide: Prefix, useValue: config.server },
      { provide: Kept, useValue: config },
      { provide: Reachable, useValue: compileRules(config.egress) satisfies Reachable },
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
          DocsModule,
        ]
      : [];
    return { module: AppModule, imports: [ApiModule, ...faces], providers, exports: providers };
  }
}
