import { DataSource } from 'typeorm';
import { Core1763769600000 } from '../../migrations/1763769600000-core.js';
import { WebhookOptions1795305600000 } from '../../migrations/1795305600000-webhook-options.js';
import { Lookups1795305601000 } from '../../migrations/1795305601000-lookups.js';
import { SqlEnqueue1795305602000 } from '../../migrations/1795305602000-sql-enqueue.js';
import { MessagesAndContainers1795305603000 } from '../../migrations/1795305603000-messages-and-containers.js';
import { MessageIndex1795305604000 } from '../../migrations/1795305604000-message-index.js';
import { Secrets1795305610000 } from '../../migrations/1795305610000-secrets.js';
import { Tokens1795305611000 } from '../../migrations/1795305611000-tokens.js';
import { Audit1795305612000 } from '../../migrations/1795305612000-audit.js';
import { WebhookHealth1795305613000 } from '../../migrations/1795305613000-webhook-health.js';
import { Traces1795305614000 } from '../../migrations/1795305614000-traces.js';
import { Jobs1795305615000 } from '../../migrations/1795305615000-jobs.js';

export const SCHEMA = 'hooktide';

/** Connections are made anew after so long: one to a server that was demoted is left. */
const LONGEST_SECONDS = 60;

/** Migrations may take as long as they need; what a caller waits for may not. */
export interface PoolLimits {
  /** Milliseconds. */
  query_timeout?: number;
}

/** TypeORM's way to the database: migrations and the repositories of the registry. The queue has a pool of its own. */
export function createDataSource(url: string, entities: Function[] = [], limits: PoolLimits = {}): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    schema: SCHEMA,
    entities,
    migrations: [
      Core1763769600000,
      WebhookOptions1795305600000,
      Lookups1795305601000,
      SqlEnqueue1795305602000,
      MessagesAndContainers1795305603000,
      MessageIndex1795305604000,
      Secrets1795305610000,
      Tokens1795305611000,
      Audit1795305612000,
      WebhookHealth1795305613000,
      Traces1795305614000,
      Jobs1795305615000,
    ],
    migrationsTableName: 'migration',
    installExtensions: false,
    extra: {
      max: 4,
      connectionTimeoutMillis: 10_000,
      application_name: 'hooktide',
      keepAlive: true,
      maxLifetimeSeconds: LONGEST_SECONDS,
      ...limits,
    },
  });
}
