import { ApiMetrics } from './api/metrics.js';
import { VERSION } from './config/version.js';
import type { Database } from './database/database.js';
import { DispatchMetrics } from './dispatch/metrics.js';
import { DatabaseGauges } from './queue/gauges.js';
import { timeEnqueue } from './queue/metrics.js';
import { SnsMetrics } from './sinks/sns/metrics.js';
import { Arrivals } from './sources/arrivals.js';
import { DatabaseFailures } from './telemetry/database-failures.js';
import type { Log } from './telemetry/log.js';
import { Metrics } from './telemetry/metrics.js';

/** Pools of connections, by what they are for. */
const POOLS = ['queue', 'lookups', 'tokens'] as const;
export type Pool = (typeof POOLS)[number];

/** All that is counted in one service, whatever its roles: so that every process has the same series. */
export interface ServiceMetrics {
  metrics: Metrics;
  api: ApiMetrics;
  arrivals: Arrivals;
  dispatch: DispatchMetrics;
  failures: DatabaseFailures;
  gauges: DatabaseGauges;
  sns: SnsMetrics;
  /** Updates or messages were stored. */
  enqueued: (tookMillis: number) => void;
  /** From now on the gauges of this pool say what it does. */
  followPool(name: Pool, pool: Pick<Database, 'connections'>): void;
}

/** @param maxWebhooks so many webhooks have series of their own */
export function openMetrics(log: Log, maxWebhooks: number): ServiceMetrics {
  const metrics = new Metrics();
  const build = [{ labels: { version: VERSION }, value: 1 }];
  metrics.gauge('hooktide_build_info', 'The version of Hooktide that runs.', { version: [] }, () => build);
  const arrivals = new Arrivals(metrics);
  const enqueued = timeEnqueue(metrics);
  const api = new ApiMetrics(metrics);
  const dispatch = new DispatchMetrics(metrics);
  const sns = new SnsMetrics(metrics);
  const failures = new DatabaseFailures(log, metrics);
  const gauges = new DatabaseGauges(metrics, maxWebhooks, failures);
  return { metrics, api, arrivals, dispatch, failures, gauges, sns, enqueued, followPool: poolGauges(metrics) };
}

function poolGauges(metrics: Metrics): ServiceMetrics['followPool'] {
  const pools = new Map<Pool, Pick<Database, 'connections'>>();
  const of = (name: Pool) => pools.get(name)?.connections ?? { busy: 0, idle: 0, waiting: 0 };
  metrics.gauge(
    'hooktide_database_connections',
    'Connections of this process to the database, by what they are for.',
    { pool: POOLS, state: ['busy', 'idle'] },
    () =>
      POOLS.flatMap((pool) =>
        (['busy', 'idle'] as const).map((state) => ({ labels: { pool, state }, value: of(pool)[state] })),
      ),
  );
  metrics.gauge('hooktide_database_waiters', 'Statements that wait for a connection.', { pool: POOLS }, () =>
    POOLS.map((pool) => ({ labels: { pool }, value: of(pool).waiting })),
  );
  return (name, pool) => void pools.set(name, pool);
}
