import { containerState } from '../updates/container.js';
import { exitStatusOf } from './exit-status.js';
import type { Formattable, Formatted } from './format.js';

/** States that tell how the container ended. */
const ENDED = ['STOPPED', 'CRASHED'];

/**
 * The payload of Sail Above (contract of Sail Above, §2): one for each change of a container's state. The container is the
 * task, its service the request. `post_attempts` is how often this delivery was tried before.
 */
export function toSail(update: Formattable): Formatted {
  const { requestId, taskId = update.subject, occurredAtMillis, container, attempts = 0 } = update;
  const state = container?.state ?? containerState(update.state);
  const ended = ENDED.includes(state)
    ? { last_exit_status: exitStatusOf(messageOf(update.payload), update.state === 'TASK_FINISHED') }
    : {};
  const body = {
    service: requestId,
    timestamp: TIMESTAMP,
    application: container?.application ?? update.application ?? requestId,
    id: taskId,
    state,
    prev_state: container?.prevState ?? 'CREATED',
    type: 'Container',
    data: ended,
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

function messageOf(payload: string): string {
  const parsed = JSON.parse(payload) as { taskUpdate?: { statusMessage?: unknown } | null } | null;
  const message = parsed?.taskUpdate?.statusMessage;
  return typeof message === 'string' ? message : '';
}
