import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors/errors.js';
import { readFacts } from './payload.js';
import type { UpdateType } from './update.js';

const VALID: Record<UpdateType, object> = {
  REQUEST: { createdAt: 1, eventType: 'CREATED', request: { id: 'r' } },
  DEPLOY: { deployMarker: { requestId: 'r', deployId: 'd', timestamp: 2 }, eventType: 'FINISHED' },
  TASK: {
    taskUpdate: { taskId: { id: 't', requestId: 'r', deployId: 'd' }, taskState: 'TASK_RUNNING', timestamp: 3 },
  },
  CRASHLOOP: { requestId: 'r', deployId: 'd', start: 4, type: 'OOM' },
  ELEVATED_ACCESS: { user: 'u', requestId: 'all', scope: 'ADMIN', createdAt: 5 },
};

/** A copy of `object` with another value at a dotted path; undefined removes the member. */
function changed(object: object, path: string, value: unknown): object {
  const [key = '', ...rest] = path.split('.');
  const members = new Map<string, unknown>(Object.entries(object));
  const member = members.get(key);
  const inner =
    rest.length > 0 && typeof member === 'object' && member ? changed(member, rest.join('.'), value) : value;
  return Object.fromEntries(members.set(key, inner));
}

function refusal(type: UpdateType, payload: unknown, path = 'payload'): InvalidInputError {
  try {
    readFacts(type, payload, path);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('The payload was accepted');
}

describe('readFacts', () => {
  it.each<[UpdateType, object]>([
    ['REQUEST', { requestId: 'r', state: 'CREATED', subject: 'r', occurredAtMillis: 1 }],
    ['DEPLOY', { requestId: 'r', deployId: 'd', state: 'FINISHED', subject: 'r/d', occurredAtMillis: 2 }],
    ['TASK', { requestId: 'r', deployId: 'd', taskId: 't', state: 'TASK_RUNNING', subject: 't', occurredAtMillis: 3, containerId: 't' }], // prettier-ignore
    ['CRASHLOOP', { requestId: 'r', deployId: 'd', state: 'STARTED', subject: 'r/d', occurredAtMillis: 4 }],
    ['ELEVATED_ACCESS', { requestId: 'all', userId: 'u', scope: 'ADMIN', state: 'ADMIN', subject: 'all', occurredAtMillis: 5 }], // prettier-ignore
  ])('reads a %s', (type, expected) => {
    expect(readFacts(type, VALID[type], 'payload')).toEqual(expected);
  });

  it('takes a crash loop with an end for resolved, at that time', () => {
    const facts = readFacts('CRASHLOOP', { ...VALID.CRASHLOOP, end: 9 }, 'payload');
    expect(facts).toMatchObject({ state: 'RESOLVED', occurredAtMillis: 9 });
  });

  it('takes a crash loop whose end is null for started', () => {
    expect(readFacts('CRASHLOOP', { ...VALID.CRASHLOOP, end: null }, 'payload').state).toBe('STARTED');
  });

  it('reads a TASK by its taskUpdate alone, whatever its task is', () => {
    expect(readFacts('TASK', { ...VALID.TASK, task: null }, 'payload')).toEqual(
      readFacts('TASK', VALID.TASK, 'payload'),
    );
  });

  it.each([
    ['web', 'web'],
    ['', undefined],
    ['x'.repeat(256), undefined],
    ['\0', undefined],
    ['\ud800', undefined],
    [7, undefined],
  ])('reads the group of a TASK, or leaves it: %j', (group, expected) => {
    const payload = { ...VALID.TASK, task: { taskRequest: { request: { group } } } };
    expect(readFacts('TASK', payload, 'payload').group).toBe(expected);
  });

  it.each<[UpdateType, string]>([
    ['REQUEST', 'request'],
    ['REQUEST', 'request.id'],
    ['REQUEST', 'eventType'],
    ['REQUEST', 'createdAt'],
    ['DEPLOY', 'deployMarker'],
    ['DEPLOY', 'deployMarker.requestId'],
    ['DEPLOY', 'deployMarker.deployId'],
    ['DEPLOY', 'deployMarker.timestamp'],
    ['DEPLOY', 'eventType'],
    ['TASK', 'taskUpdate'],
    ['TASK', 'taskUpdate.taskId'],
    ['TASK', 'taskUpdate.taskId.id'],
    ['TASK', 'taskUpdate.taskId.requestId'],
    ['TASK', 'taskUpdate.taskId.deployId'],
    ['TASK', 'taskUpdate.taskState'],
    ['TASK', 'taskUpdate.timestamp'],
    ['CRASHLOOP', 'requestId'],
    ['CRASHLOOP', 'deployId'],
    ['CRASHLOOP', 'start'],
    ['CRASHLOOP', 'type'],
    ['ELEVATED_ACCESS', 'user'],
    ['ELEVATED_ACCESS', 'requestId'],
    ['ELEVATED_ACCESS', 'scope'],
    ['ELEVATED_ACCESS', 'createdAt'],
  ])('names the full path of what is missing or wrong: %s %s', (type, path) => {
    const missing = refusal(type, changed(VALID[type], path, undefined), '[3].payload');
    expect(missing.field).toBe(`[3].payload.${path}`);
    expect(missing.message).toContain('is missing: write ');
    for (const wrong of [null, true, [], 'DOES_NOT_EXIST'.repeat(99), 1.5]) {
      expect(refusal(type, changed(VALID[type], path, wrong)).field).toBe(`payload.${path}`);
    }
  });

  it.each([null, [], 'text', 7, undefined])('refuses %j as a payload', (payload) => {
    expect(refusal('TASK', payload).field).toBe('payload');
  });

  it('says what was found and what to write, never the value', () => {
    const { message } = refusal('TASK', changed(VALID.TASK, 'taskUpdate.taskState', 'my secret'));
    expect(message).toMatch(/^payload\.taskUpdate\.taskState is a text: write one of TASK_LAUNCHED, /);
  });

  it.each(['a', 'default/web#1', 'ü'.repeat(400), 'x'.repeat(800), ' ', '__proto__'])('takes %j as an id', (id) => {
    expect(readFacts('REQUEST', changed(VALID.REQUEST, 'request.id', id), 'payload').subject).toBe(id);
  });

  it.each([
    ['', 'empty'],
    ['x'.repeat(801), '801 bytes'],
    ['ü'.repeat(401), '802 bytes'],
    ['a\0b', 'NUL'],
    ['a\ud800b', 'surrogate'],
    ['\udc00\ud800', 'surrogate'],
  ])('refuses %j as an id', (id, why) => {
    expect(refusal('REQUEST', changed(VALID.REQUEST, 'request.id', id)).message).toContain(why);
  });

  it.each([0, 1546300861234, 8.64e15])('takes %d as a time', (time) => {
    expect(readFacts('REQUEST', { ...VALID.REQUEST, createdAt: time }, 'payload').occurredAtMillis).toBe(time);
  });

  it.each([-1, 1.5, 8.64e15 + 1, Infinity, '1546300861234'])('refuses %j as a time', (time) => {
    expect(refusal('REQUEST', { ...VALID.REQUEST, createdAt: time }).field).toBe('payload.createdAt');
  });
});
