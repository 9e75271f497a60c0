import { describe, expect, it } from 'vitest';
import { readFacts } from '../updates/payload.js';
import vectors from '../../test/fixtures/sail/webhook-payloads.json' with { type: 'json' };
import type { Formattable } from './format.js';
import { toSail } from './sail.js';

interface Payload {
  service: string;
  application: string;
  id: string;
  state: string;
  prev_state: string;
  timestamp: number;
  data: { last_exit_status?: Record<string, unknown> } | null;
  counters: { start: number; post_attempts?: number };
}
const payloadOf = (name: string) => vectors.find((vector) => vector.name === name)?.payload as unknown as Payload;

/** The update of a task that Sail tells so. */
function updateOf(payload: Payload, taskState: string, statusMessage: string): Formattable {
  const { service, application, id, state, prev_state: prevState, timestamp, counters } = payload;
  return {
    updateId: '01680785-5ad2-7c3f-9a51-0242ac120002',
    type: 'TASK',
    requestId: service,
    taskId: id,
    state: taskState,
    subject: id,
    occurredAtMillis: timestamp * 1_000,
    payload: JSON.stringify({ taskUpdate: { statusMessage } }),
    container: { application, state, prevState, starts: counters.start },
  };
}

describe("Sail Above's payload", () => {
  it.each([
    ['kb-example-stopped-exit-1', 'TASK_KILLED', 'Command exited with status 1'],
    ['cli-help-example', 'TASK_KILLED', 'Command exited with status 1'],
    ['kb-example-list-running-to-stopping', 'TASK_KILLING', ''],
    ['crashed-by-sigkill', 'TASK_FAILED', 'Command terminated with signal Killed'],
    ['clean-exit-0', 'TASK_FINISHED', ''],
  ])('is that of the sample %s, its time to six decimals', (name, taskState, message) => {
    const payload = payloadOf(name);
    const { contentType, headers, body } = toSail(
      updateOf(payload, taskState, message),
      payload.counters.post_attempts,
    );
    expect([contentType, headers]).toEqual(['application/json', {}]);
    expect(JSON.parse(body)).toEqual(payload);
    expect(body).toContain(`"timestamp":${payload.timestamp.toFixed(6)},`);
  });

  it('says as the sample does that an end is neither of the two, by a number that no such end has', () => {
    const payload = payloadOf('raw-reason');
    const status = { ...payload.data?.last_exit_status, raw_exit_status: -1 };
    const { body } = toSail(updateOf(payload, 'TASK_KILLED', ''), payload.counters.post_attempts);
    expect(JSON.parse(body)).toEqual({ ...payload, data: { last_exit_status: status } });
  });

  it('counts attempts, and changes nothing else', () => {
    const update = updateOf(payloadOf('kb-example-stopped-exit-1'), 'TASK_KILLED', 'Command exited with status 1');
    const bodies = Array.from({ length: 11 }, (_, attempts) => toSail(update, attempts).body);
    expect(bodies.map((body) => (JSON.parse(body) as Payload).counters.post_attempts)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(new Set(bodies.map((body) => body.replace(/"post_attempts":\d+/, ''))).size).toBe(1);
  });

  it('keeps the zeros of a whole second, whatever the names hold', () => {
    const update = updateOf(payloadOf('clean-exit-0'), 'TASK_FINISHED', '');
    const { body } = toSail({ ...update, occurredAtMillis: 1_448_015_759_000, requestId: '"timestamp":0' });
    expect(body).toContain('"timestamp":1448015759.000000,');
    expect((JSON.parse(body) as Payload).service).toBe('"timestamp":0');
  });

  it.each([
    ['STOPPED', true],
    ['CRASHED', true],
    ['CREATED', false],
    ['STARTING', false],
    ['RUNNING', false],
    ['STOPPING', false],
    ['UNREACHABLE', false],
  ])('tells of %s how it ended: %s', (state, tells) => {
    const { data } = JSON.parse(
      toSail(updateOf({ ...payloadOf('clean-exit-0'), state }, 'TASK_X', '')).body,
    ) as Payload;
    expect(Object.keys(data ?? {})).toEqual(tells ? ['last_exit_status'] : []);
  });

  it('says of a container over a limit that it was killed', () => {
    const update = updateOf(payloadOf('crashed-by-sigkill'), 'TASK_FAILED', '');
    const taskUpdate = { statusReason: 'REASON_CONTAINER_LIMITATION_MEMORY', statusMessage: 'Memory limit exceeded' };
    const sample = payloadOf('crashed-by-sigkill');
    const { body } = toSail({ ...update, payload: JSON.stringify({ taskUpdate }) }, sample.counters.post_attempts);
    expect(JSON.parse(body)).toEqual(sample);
  });

  it('of a sample, which no container stands behind, is made of the update alone', () => {
    const taskUpdate = {
      taskId: { id: 't', requestId: 'r', deployId: 'd', startedAt: 1 },
      taskState: 'TASK_RUNNING',
      timestamp: 1_000,
    };
    const update = { ...readFacts('TASK', { taskUpdate }, ''), type: 'TASK' as const, payload: '{}', updateId: 'u' };
    expect(JSON.parse(toSail(update).body)).toMatchObject({
      application: 'r',
      state: 'RUNNING',
      prev_state: 'CREATED',
    });
  });
});
