import type { ProcessRow } from '../../queue/sql/processes.js';
import type { Survey } from '../../queue/sql/survey.js';
import { fail, lasting, ok, warn, type Finding } from './finding.js';

/**
 * What a process opens beside `maxConnections` (src/service.ts): 3 for look-ups, 2 for tokens, 1 for gauges, 1 that listens, 4
 * of the registry.
 */
const BESIDE_POOL = 11;
/** So many polls without anybody who takes what waits is no accident. */
const MISSED_POLLS = 10;
const LEAST_SECONDS = 60;
const MOST_NAMED = 5;

/** What a process of this config takes of the server's connections, at most. */
export interface Connections {
  perProcess: number;
  /** `max_connections` without those reserved. */
  most: number;
  now: number;
}

export function connectionsOf(
  server: { settings: Record<string, string>; connections: number },
  maxConnections: number,
) {
  const { max_connections: most = '0', superuser_reserved_connections: reserved = '0' } = server.settings;
  return { perProcess: maxConnections + BESIDE_POOL, most: Number(most) - Number(reserved), now: server.connections };
}

export function judgeProcesses(processes: readonly ProcessRow[], survey: Survey): Finding {
  const alive = processes.filter(({ isAlive }) => isAlive);
  const dispatchers = alive.filter(({ roles }) => roles.includes('dispatch'));
  const heard = survey.lastHeardSeconds === null ? '' : `, heard of ${lasting(survey.lastHeardSeconds)} ago`;
  const todo = 'Start one with the role dispatch (roles, HOOKTIDE_ROLES).';
  if (dispatchers.length === 0) {
    const says = alive.length === 0 ? `No process is alive${heard}` : `${alive.length} alive, but none dispatches`;
    const waits = survey.oldestWaitingSeconds !== null;
    return waits ? fail('processes', `${says}, and deliveries wait`, todo) : warn('processes', says, todo);
  }
  const versions = [...new Set(alive.map(({ version }) => version))];
  const lanes = dispatchers.reduce((sum, process) => sum + process.lanes, 0);
  return ok(
    'processes',
    `${alive.length} alive (${versions.join(', ')}), of which ${dispatchers.length} dispatch; they hold ${lanes} lanes${heard}`,
  );
}

export function judgeConnections(alive: number, { perProcess, most, now }: Connections): Finding {
  const processes = Math.max(alive, 1);
  const wanted = perProcess * processes;
  const says = `${processes} process${processes === 1 ? '' : 'es'} with ${perProcess} each take up to ${wanted} of ${most}; ${now} are open now`;
  if (wanted <= most) return ok('connections', says);
  return warn('connections', says, 'Raise max_connections, or lower database.maxConnections.');
}

/** @param pollMillis `checkWebhooksEveryMillis` */
export function judgeQueue(survey: Survey, pollMillis: number): Finding {
  const { oldestWaitingSeconds: oldest, oldestWaitingFor, unattended, deadLettersOfDay } = survey;
  const dropped = `; ${deadLettersOfDay} dead letters in a day`;
  if (oldest === null) return ok('queue', `Nothing waits${dropped}`);
  const says = `The oldest that waits, for ${oldestWaitingFor}, does so for ${lasting(oldest)}${dropped}`;
  const isLate = oldest > Math.max(LEAST_SECONDS, (pollMillis * MISSED_POLLS) / 1_000);
  if (!isLate || unattended === 0) return ok('queue', says);
  const todo =
    'Are there dispatchers, and do they keep up? The lines database.failed and delivery.attempted of their logs say what hinders.';
  return warn('queue', `${says}; of ${unattended} lanes that do not fail nobody takes care at this moment`, todo);
}

export function judgeWebhooks({ webhooks, paused, disabled, failing, failingCount }: Survey): Finding {
  const says = `${webhooks} registered, ${paused} paused, ${disabled} disabled, ${failingCount} failing`;
  if (disabled + failingCount === 0) return ok('webhooks', says);
  const more = failingCount - MOST_NAMED;
  const names = failing.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const todo =
    failingCount > 0
      ? `GET /api/webhooks/{id} says why: ${names}. "hooktide doctor --webhook ${failing[0]}" looks at the way there.`
      : 'Resume those that are wanted again: POST /api/webhooks/{id}/resume.';
  return warn('webhooks', says, todo);
}
