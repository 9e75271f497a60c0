import type { Boot, SupervisorEvent } from './event.js';
import { deployIdOf, requestIdOf, taskIdOf, type TaskId } from './identity.js';
import { readProcessEvent } from './process-event.js';
import type { ProcessInfo } from './process-info.js';
import { statusOf } from './status.js';
import { track } from './track.js';
import { forgetGroup, trackingOf, type Tracking } from './tracking.js';

export type { ProcessInfo } from './process-info.js';
export { emptyTracking, type Tracking } from './tracking.js';

export interface Context {
  boot: Boot;
  receivedAtMillis: number;
  /** Asked for after the event came; null: supervisord didn't say. */
  info: ProcessInfo | null;
  /** What the operator adds to each update: `-d`. */
  data: ReadonlyMap<string, string>;
}

export interface Converted {
  /** `id` is the same whenever the same event is converted, and of at most 255 ASCII characters. */
  updates: { id: string; type: 'TASK' | 'CRASHLOOP'; payload: object }[];
  /** What the next event is to be converted with: plain JSON. */
  state: Tracking;
}

/**
 * The updates that an event of supervisord becomes, shaped as Singularity's (contract of its webhooks, §3): the group is
 * the request, a run of supervisord the deploy, and one start of a process the task. FATAL opens a crash loop, which the
 * next RUNNING of that process resolves. An event that isn't about a process becomes none, and a group that is removed
 * is forgotten.
 */
export function toUpdates(event: SupervisorEvent, context: Context, state: Tracking): Converted {
  const { boot, receivedAtMillis, info, data } = context;
  const deployId = deployIdOf(event.identifier, boot);
  const known = trackingOf(deployId, state);
  const processEvent = readProcessEvent(event);
  if (processEvent === null) return { updates: [], state: afterOther(event, known) };

  const { group, process } = processEvent;
  const tracked = track(processEvent, info, receivedAtMillis, known);
  const supervisor = {
    event: event.name,
    identifier: event.identifier,
    serial: event.serial,
    host: boot.host,
    payload: event.payload,
    data: Object.fromEntries(data),
  };
  const taskId = taskIdOf(group, process, deployId, tracked.startedAtMillis, boot);
  const taskUpdate = {
    taskId,
    timestamp: tracked.atMillis,
    ...statusOf(processEvent, { info, tries: tracked.tries, receivedAtMillis }),
    previous: [],
  };
  const updates: Converted['updates'] = [
    {
      id: `supervisord/${deployId}/${event.serial}/task`,
      type: 'TASK',
      payload: { task: taskOf(taskId, boot.host, process), taskUpdate, supervisor },
    },
  ];
  if (tracked.loop !== null) {
    updates.push({
      id: `supervisord/${deployId}/${event.serial}/crashloop`,
      type: 'CRASHLOOP',
      payload: { requestId: requestIdOf(group), deployId, ...tracked.loop, type: 'STARTUP_FAILURE_LOOP', supervisor },
    });
  }
  return { updates, state: tracked.state };
}

/** Events about something else than a process. */
function afterOther({ name, fields }: SupervisorEvent, state: Tracking): Tracking {
  return name === 'PROCESS_GROUP_REMOVED' ? forgetGroup(fields.get('groupname') ?? '', state) : state;
}

/** Everything that Singularity's models require, so that its clients can read it; what supervisord lacks is empty. */
function taskOf(taskId: TaskId, hostname: string, process: string): object {
  const { requestId, deployId, startedAt, instanceNo, id, rackId } = taskId;
  const host = { value: hostname };
  const offer = { agentId: host, slaveId: host, frameworkId: { value: 'supervisord' }, hostname, id: { value: id } };
  const pendingTaskId = {
    requestId,
    deployId,
    nextRunAt: startedAt,
    instanceNo,
    pendingType: 'STARTUP',
    createdAt: startedAt,
    id: `${requestId}-${deployId}-${startedAt}-${instanceNo}-STARTUP-${startedAt}`,
  };
  return {
    taskRequest: {
      request: { id: requestId, requestType: 'SERVICE' },
      deploy: { requestId, id: deployId, s3UploaderAdditionalFiles: [], canaryDeploySettings: NO_CANARY },
      pendingTask: { pendingTaskId, ...NOTHING_OVERRIDDEN },
    },
    taskId,
    offer,
    offers: [offer],
    mesosTask: {
      taskId: { value: id },
      labels: { labels: [] },
      agentId: host,
      slaveId: host,
      resources: [],
      name: process,
    },
    rackId,
  };
}

/** Singularity's own defaults. */
const NO_CANARY = {
  enableCanaryDeploy: false,
  instanceGroupSize: 1,
  acceptanceMode: 'NONE',
  waitMillisBetweenGroups: 0,
  allowedTasksFailuresPerGroup: 0,
  canaryCycleCount: 3,
};

const NOTHING_OVERRIDDEN = {
  s3UploaderAdditionalFiles: [],
  envOverrides: {},
  requiredSlaveAttributeOverrides: {},
  allowedSlaveAttributeOverrides: {},
  extraArtifacts: [],
  requiredAgentAttributeOverrides: {},
  allowedAgentAttributeOverrides: {},
};
