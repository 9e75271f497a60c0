import { containerState } from '../updates/container.js';
import { exitStatusOf, type Ending, type ExitStatus } from './exit-status.js';
import type { Formattable, Formatted } from './format.js';

/** States that tell how the container ended. */
const ENDED = ['STOPPED', 'CRASHED'];

/**
 * The payload of Sail Above (contract of Sail Above, §2): one for each change of a container's state. The container is the
 * task, its service the request. `post_attempts` is how often this delivery was tried before.
 */
export function toSail(update: Formattable, attempts = 0): Formatted {
  const { requestId, taskId = update.subject, occurredAtMillis, container } = update;
  const state = container?.state ?? containerState(update.state);
  const body = {
    service: requestId,
    timestamp: TIMESTAMP,
    application: container?.application ?? update.application ?? requestId,
    id: taskId,
    state,
    prev_state: container?.prevState ?? 'CREATED',
    type: 'Container',
    data: ENDED.includes(state) ? { last_exit_status: endOf(update) } : {},
    event: 'state',
    counters: { start: container?.starts ?? 1, post_attempts: attempts },
  };
  // Seconds with six decimals, as upstream writes them; JSON.stringify would leave out the zeros.
  const seconds = (occurredAtMillis / 1000).toFixed(6);
  return {
    contentType: 'application/json',
    headers: {},
    body: JSON.stringify(body).replace(`"timestamp":${TIMESTAMP}`, `"timestamp":${seconds}`),
  };
}

/** Holds the place of the time. */
const TIMESTAMP = 0;

/** Mesos kills what exceeds a limit. */
const LIMITATION = /^REASON_CONTAINER_LIMITATION/;

function endOf({ payload, state }: Formattable): ExitStatus {
  const parsed = JSON.parse(payload) as { taskUpdate?: Record<string, unknown> | null } | null;
  const { statusMessage, statusReason } = parsed?.taskUpdate ?? {};
  const wasKilled = typeof statusReason === 'string' && LIMITATION.test(statusReason);
  const ending: Ending = state === 'TASK_FINISHED' ? 'well' : wasKilled ? 'killed' : null;
  return exitStatusOf(typeof statusMessage === 'string' ? statusMessage : '', ending);
}
