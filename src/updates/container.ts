/** A change of a container's state, as an update brings it: what Sail's webhooks tell (contract of Sail Above, §2). */
export interface ContainerChange {
  /** The update's own, else the request's group, else the request id. */
  application: string;
  state: string;
  prevState: string;
  /** How often the container has been started so far. */
  starts: number;
}

const STOPPING = ['TASK_CLEANING', 'TASK_KILLING'];
const STOPPED = ['TASK_FINISHED', 'TASK_KILLED'];
const CRASHED = [
  'TASK_FAILED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_LOST_WHILE_DOWN',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
];

/** The state of a container whose task is in this one; hooktide.container_state in SQL has the same. */
export function containerState(taskState: string): string {
  if (taskState === 'TASK_LAUNCHED' || taskState === 'TASK_STAGING') return 'CREATED';
  if (STOPPING.includes(taskState)) return 'STOPPING';
  if (STOPPED.includes(taskState)) return 'STOPPED';
  if (CRASHED.includes(taskState)) return 'CRASHED';
  return taskState.replace(/^TASK_/, '');
}

/**
 * A task that starts anew has a new id; its container is what the ids have in common: all but the time of the start.
 * hooktide.container_id in SQL has the same.
 */
export function containerIdOf(taskId: string, startedAt: unknown): string {
  return Number.isSafeInteger(startedAt) ? taskId.replaceAll(`-${String(startedAt)}-`, '-') : taskId;
}
