import type { Hooktide } from './hooktide.js';
import type { Received } from './receivers.js';

/** What Sail's webhooks tell of a container. */
export interface Told {
  service: string;
  timestamp: number;
  application: string;
  id: string;
  state: string;
  prev_state: string;
  type: string;
  event: string;
  data: { last_exit_status?: Record<string, unknown> };
  counters: { start: number; post_attempts: number };
}

export const toldIn = ({ body }: Pick<Received, 'body'>): Told => JSON.parse(body) as Told;

/** `RUNNING>STOPPING` */
export const stepIn = (request: Pick<Received, 'body'>): string => {
  const { prev_state: before, state } = toldIn(request);
  return `${before}>${state}`;
};

export interface TaskFields {
  /** Without the time of its start. */
  container?: string;
  request?: string;
  startedAt?: number;
  /** Of the update, epoch milliseconds; now. */
  at?: number;
  message?: string;
  group?: unknown;
  application?: string;
}

export const taskIdOf = ({ container = 'c', startedAt = 1 }: TaskFields = {}): string => `${container}-${startedAt}-1`;

/** A TASK update: `task('RUNNING')`. */
export function task(state: string, fields: TaskFields = {}): { type: string; application?: string; payload: object } {
  const { request = 'web', startedAt = 1, at = Date.now(), message, group, application } = fields;
  const taskId = { id: taskIdOf(fields), requestId: request, deployId: 'd', startedAt };
  const payload = {
    ...(group === undefined ? {} : { task: { taskRequest: { request: { id: request, group } } } }),
    taskUpdate: { taskId, timestamp: at, taskState: `TASK_${state}`, statusMessage: message },
  };
  return { type: 'TASK', application, payload };
}

export const hooksOf = (application: string): string => `/v1/applications/${encodeURIComponent(application)}/hook`;

/** Adds a url to an application's webhooks, and answers with the id of its webhook. */
export async function addHook(hooktide: Hooktide, application: string, url: string): Promise<string> {
  const { status, text } = await hooktide.api('POST', hooksOf(application), { url });
  if (status !== 201) throw new Error(`The hook was not added: ${text}`);
  const [row] = await hooktide.sql<{ id: string }>(
    'SELECT id FROM hooktide.webhook ORDER BY registered_at DESC LIMIT 1',
  );
  return row?.id ?? '';
}
