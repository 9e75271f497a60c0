import { describe, expect, it } from 'vitest';
import { deployIdOf, instanceNoOf, taskIdOf } from './identity.js';

const boot = { host: 'db-1.example.com', pid: 1, run: '8d5fb4a2.40723' };

describe('The deploy id of a run of supervisord', () => {
  it('shows its identifier and its process id, and is the same each time', () => {
    const deployId = deployIdOf('web-tier', boot);
    expect(deployId).toMatch(/^web_tier_1_[\da-f]{12}$/);
    expect(deployIdOf('web-tier', { ...boot })).toBe(deployId);
  });

  it.each([
    ['another identifier', 'web_tier', boot],
    ['another machine', 'web-tier', { ...boot, host: 'db-2.example.com' }],
    ['another process id', 'web-tier', { ...boot, pid: 2 }],
    ['another start', 'web-tier', { ...boot, run: '8d5fb4a2.40724' }],
  ])('is another for %s', (_, identifier, other) => {
    expect(deployIdOf(identifier, other)).not.toBe(deployIdOf('web-tier', boot));
  });

  it('stays short and plain for any identifier', () => {
    for (const identifier of ['', 'x'.repeat(5000), '😀'.repeat(100), 'a:b c-d/é']) {
      expect(deployIdOf(identifier, boot)).toMatch(/^[\w.]{15,84}$/);
    }
  });
});

describe('The instance number', () => {
  it.each([
    ['worker_00', 0],
    ['worker_03', 3],
    ['web12', 12],
    ['7', 7],
    ['web', 1],
    ['3com-x', 1],
    ['job_20261122074050', 1],
  ])('of %s is %i', (process, instanceNo) => {
    expect(instanceNoOf(process)).toBe(instanceNo);
  });
});

describe('A task id', () => {
  it("is put together as Singularity's, with the process in the place of the rack", () => {
    expect(taskIdOf('my-app', 'web-worker_03', 'd1', 1546300861234, boot)).toEqual({
      requestId: 'my-app',
      deployId: 'd1',
      startedAt: 1546300861234,
      instanceNo: 3,
      host: 'db_1.example.com',
      sanitizedHost: 'db_1.example.com',
      sanitizedRackId: 'web_worker_03',
      rackId: 'web_worker_03',
      id: 'my-app-d1-1546300861234-3-db_1.example.com-web_worker_03',
    });
  });

  it('stays below what can be stored, for the longest names too, and tells them apart', () => {
    const host = 'h'.repeat(255);
    const [one, other] = ['x', 'y'].map((end) => {
      const name = '😀'.repeat(300) + end;
      return taskIdOf(name, name, deployIdOf(name, boot), 1e15, { ...boot, host });
    });
    expect(Buffer.byteLength(one!.id)).toBeLessThan(800);
    expect(one!.requestId).not.toBe(other!.requestId);
    expect(one!.rackId).not.toBe(other!.rackId);
    expect(one!.id).not.toMatch(/\p{Surrogate}/u);
  });
});
