import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { browserHeaders } from './api/browser-headers.js';
import { setUpFront } from './api/front.js';
import { Readiness } from './api/health.controller.js';
import { JsonAdapter } from './api/json.adapter.js';
import { timed } from './api/timed.js';
import { AppModule, type Shared } from './app.module.js';
import { checkSomebodyMayCall, openAuth, type Auth, type AuthNeeds } from './auth/open.js';
import type { Config, LoadedConfig } from './config/config.js';
import { VERSION } from './config/version.js';
import { Channel } from './database/channel.js';
import { Database } from './database/database.js';
import { getTrustedJson } from './egress/trusted.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { migrate, requireMigrated } from './database/migrate.js';
import type { Poller } from './dispatch/poller.js';
import { JobEvents } from './dispatch/jobs.events.js';
import { JobWorker } from './dispatch/jobs.js';
import { startDispatch } from './dispatch/start.js';
import { Heartbeat } from './queue/heartbeat.js';
import { Jobs } from './queue/jobs.js';
import { Lookups } from './queue/lookups.js';
import { Queue } from './queue/queue.js';
import { openKeyring } from './open-keys.js';
import { openReplica } from './open-replica.js';
import { openMetrics } from './open-metrics.js';
import { writeLimits } from './queue/sql/limits.js';
import { writeTopics } from './webhooks/topics.repository.js';
import { Wake } from './queue/wake.js';
import { Vault } from './secrets/vault.js';
import { openKeyPairs } from './signing/config-keys.js';
import { openSinks } from './sinks/open.js';
import { redactBy } from './updates/redact.js';
import { destinationsOf, originsOf } from './webhooks/topics.js';
import { hookSlingerFront } from './sources/hook-slinger/front.js';
import type { Log } from './telemetry/log.js';
import { NestLogger } from './telemetry/nest-logger.js';
import { openTracing } from './telemetry/tracing-open.js';

/** Look-ups have connections of their own, and end before a caller gives up. */
const LOOKUPS = { connections: 3, timeoutMillis: 8_000 };

/** Those for tokens, too: who tries tokens keeps nobody else waiting. */
const TOKEN_CONNECTIONS = 2;

/** The gauges of metrics have one connection. Beside long statements vacuum can't tidy up, and the queue gets slow. */
const GAUGE_TIMEOUT_MILLIS = 500;

/** A running Hooktide. */
export interface Service {
  /** Where it serves: `http://127.0.0.1:7099`. */
  url: string;
  /** Finishes or hands back what is in flight, and stops everything that was started. */
  stop(): Promise<void>;
}

/** How to undo what was started, in the order in which it was started. */
type Undo = ((leftMillis: () => number) => Promise<unknown>)[];

/** Starts what the roles ask for. What was started is stopped again when a later step fails. */
export async function startService({ config, file, warnings }: LoadedConfig, log: Log): Promise<Service> {
  for (const warning of warnings) log.warn('config.warned', { warning });
  const undo: Undo = [];
  const stop = async (): Promise<void> => {
    const deadline = performance.now() + config.server.drainMillis + config.shutdownTimeoutMillis;
    const leftMillis = (): number => Math.max(0, deadline - performance.now());
    for (const step of undo.splice(0).toReversed()) {
      // One that can't be undone, as the database is away, must not keep the others running.
      await step(leftMillis).catch((error: unknown) => log.error('service.stop_failed', { error }));
    }
  };
  try {
    const databaseUrl = await findDatabase(config, log, undo);
    await prepareSchema(config, databaseUrl, log);
    const [shared, heartbeat] = await share(config, databaseUrl, log, undo);
    const poller = config.roles.includes('dispatch') ? dispatch(shared, undo) : null;
    await heartbeat.start(poller ? () => poller.work : undefined);
    const url = await serve(shared, undo);
    log.info('service.started', {
      url,
      webhooks: config.roles.includes('api') ? `${url}/api/webhooks` : undefined,
      roles: config.roles.join(','),
      config: file ?? 'config/default.yaml',
      database: withoutPassword(databaseUrl),
    });
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findDatabase({ database }: Config, log: Log, undo: Undo): Promise<string> {
  if (database.url) return database.url.reveal();
  const postgres = await startEmbeddedPostgres({
    dataDir: database.dataDir,
    log: (event, data) => log.info(event, data),
  });
  undo.push(() => postgres.stop());
  return postgres.url;
}

/** A schema of a newer build is fine: replicas of the build before go on beside it, and a rollback is possible. */
async function prepareSchema({ database }: Config, url: string, log: Log): Promise<void> {
  const mayMigrate = database.migrateAtStart || database.url === null;
  const { newer } = await (mayMigrate ? migrate(url) : requireMigrated(url));
  if (newer.length > 0)
    log.warn('database.schema_is_newer', { migrations: newer, hint: 'start a build that knows them' });
}

async function share(config: Config, url: string, log: Log, undo: Undo): Promise<[Shared, Heartbeat]> {
  const metrics = openMetrics(log, config.metrics.maxWebhooks);
  const onBreak = (error: Error): void => log.warn('database.disconnected', { error: error.message });
  const self = { host: hostname(), pid: process.pid, version: VERSION, roles: config.roles };
  const owner = `${self.host}:${self.pid}:${randomUUID().slice(0, 8)}`;
  const tracing = await openTracing(config.tracing, { ...self, id: owner }, log);
  undo.push(async (leftMillis) => tracing?.close(leftMillis()));
  const database = new Database(url, config.database.maxConnections, onBreak);
  undo.push(() => database.close());
  metrics.followPool('queue', database);
  const heartbeat = new Heartbeat(database, { ...self, id: owner }, metrics.failures);
  undo.push(() => heartbeat.stop());
  const rules = { ...config, origins: originsOf(config.webhookQueue) };
  await writeLimits(database, rules);
  const channel = new Channel(url, onBreak);
  undo.push(() => channel.close());
  await channel.open();
  const wake = new Wake(channel, owner, config.wakeOnEnqueue);
  undo.push(async () => wake.close());
  const vault = new Vault(await openKeyring(config, database, log), () => heartbeat.everybodySeals);
  const queue = new Queue(
    database,
    wake,
    { owner, leaseMillis: config.leaseMillis },
    rules,
    vault,
    redactBy(config.redact),
    metrics.enqueued,
  );
  const reading = new Database(url, LOOKUPS.connections, onBreak, LOOKUPS.timeoutMillis);
  undo.push(() => reading.close());
  metrics.followPool('lookups', reading);
  const replica = openReplica(config, reading, LOOKUPS, log);
  undo.push(async () => replica?.close());
  const keyPairs = openKeyPairs(config);
  const sink = openSinks(config, keyPairs, metrics.sns);
  undo.push(() => sink.close());
  await register(config, database, wake);
  const tokens = new Database(url, TOKEN_CONNECTIONS, onBreak, LOOKUPS.timeoutMillis);
  undo.push(() => tokens.close());
  metrics.followPool('tokens', tokens);
  const gauges = new Database(url, 1, onBreak, GAUGE_TIMEOUT_MILLIS);
  undo.push(() => gauges.close());
  metrics.gauges.follow(gauges);
  const auth = await openTokens(config, tokens, { channel, log, failures: metrics.failures });
  undo.push(() => auth.close());
  return [
    {
      config,
      log,
      metrics,
      tracing,
      database,
      wake,
      queue,
      lookups: new Lookups(reading, rules.origins, replica),
      jobs: new Jobs({ database, reading, wake, highWater: queue.highWater, owner }),
      sink,
      vault,
      keyPairs,
      auth,
    },
    heartbeat,
  ];
}

async function openTokens(
  { auth, roles }: Config,
  database: Database,
  parts: Pick<AuthNeeds, 'channel' | 'log' | 'failures'>,
): Promise<Auth> {
  if (roles.includes('api')) await checkSomebodyMayCall(auth, database);
  return openAuth(auth, { ...parts, database, getJson: getTrustedJson });
}

/** In SNS mode the topics stand in the registry beside the clients' webhooks, which get nothing unless they are to. */
async function register({ webhookQueue, ...config }: Config, database: Database, wake: Wake): Promise<void> {
  if (webhookQueue.queueType !== 'SNS') return;
  wake.changed(await writeTopics(database, destinationsOf(webhookQueue.snsTopics), config.maxConcurrentWebhooks));
}

function dispatch({ config, log, tracing, database, queue, jobs, wake, sink, metrics }: Shared, undo: Undo): Poller {
  const limits = { ...config, origins: originsOf(config.webhookQueue) };
  const retention = {
    deadLetterHours: config.deadLetterRetentionHours,
    historyHours: config.historyRetentionHours,
    idempotencyHours: config.idempotencyHours,
    auditHours: config.auditRetentionHours,
  };
  const poller = startDispatch({ database, queue, wake, sink, log, tracing, metrics, limits, retention });
  undo.push((leftMillis) => poller.stop(leftMillis()));
  const worker = new JobWorker(jobs, new JobEvents(log, metrics.failures));
  worker.start();
  undo.push((leftMillis) => worker.stop(leftMillis()));
  return poller;
}

async function serve(shared: Shared, undo: Undo): Promise<string> {
  const { auth, server, hookSlinger, roles } = shared.config;
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(shared), new JsonAdapter(), {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(shared.log),
  });
  const readiness = app.get(Readiness);
  undo.push(async (leftMillis) => {
    readiness.isDraining = true;
    await pause(server.drainMillis);
    // A caller that never ends its request must not keep the process: deliveries in flight have the other half.
    const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), leftMillis() / 2);
    await app.close().finally(() => clearTimeout(cut));
  });
  app.use(timed(shared.metrics.api));
  app.use(browserHeaders());
  if (roles.includes('api')) app.use(hookSlingerFront(hookSlinger));
  const homes = { origins: server.corsOrigins, isOpen: auth.mode === 'open' };
  setUpFront(app, { contextPath: server.contextPath, isDraining: () => readiness.isDraining, ...homes });
  await app.listen(server.port, server.host);
  return (await app.getUrl()).replace('[::1]', 'localhost');
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  return url.toString();
}
