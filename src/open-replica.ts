import type { Config } from './config/config.js';
import { Database } from './database/database.js';
import { Replica } from './database/replica.js';
import type { Log } from './telemetry/log.js';

/**
 * The replica that the config names, from which look-ups are answered; undefined: it names none. One that is away at the
 * start may come later.
 * @param primary answers while it is away
 */
export function openReplica(
  { database }: Pick<Config, 'database'>,
  primary: Database,
  limits: { connections: number; timeoutMillis: number },
  log: Log,
): Replica | undefined {
  if (database.replicaUrl === null) return undefined;
  const onBreak = (error: Error): void => log.warn('replica.disconnected', { error: error.message });
  const own = new Database(database.replicaUrl.reveal(), limits.connections, onBreak, limits.timeoutMillis);
  return new Replica(own, primary, {
    away: (error) => log.warn('replica.away', { error }),
    back: () => log.info('replica.back'),
  });
}
