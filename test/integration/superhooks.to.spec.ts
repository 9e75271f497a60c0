import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, startSocketServer } from '../setup/receivers.js';
import { closeWireReceivers, startWireReceiver, type WireRequest } from '../setup/superhooks-wire.js';
import { exitOf, killListeners, spoolFolder, spoolIn, startListener } from '../setup/superhooks.js';
import { until } from '../setup/until.js';

afterEach(async () => {
  await killListeners();
  await closeReceivers();
  await closeWireReceivers();
});

const listenerTo = (url: string, args: string[] = [], env: Record<string, string> = {}, folder = spoolFolder()) =>
  startListener(['--to', url, '--spool', folder, ...args], env);

interface Posted {
  id: string;
  type: string;
  payload: {
    task?: { taskId: { id: string } };
    taskUpdate?: { taskState: string };
    supervisor: { serial: number; data: Record<string, string> };
  };
}

const postedIn = (request: { body: string } | undefined) => JSON.parse(request?.body ?? '[]') as Posted[];
const tokenOf = ({ headers }: WireRequest) => Object.fromEntries(headers)['Authorization'];
const serialsIn = (request: { body: string } | undefined) =>
  postedIn(request).map(({ payload }) => payload.supervisor.serial);

describe('superhooks --to a Hooktide', () => {
  let hooktide: Hooktide;
  beforeAll(async () => {
    hooktide = await startHooktide();
  });
  afterAll(() => hooktide.stop());

  it('brings each event as an update to webhooks, once however often it is sent', async () => {
    const receiver = await startReceiver();
    await hooktide.register(receiver.url, 'TASK');
    const folder = spoolFolder();
    const first = await listenerTo(hooktide.url, ['-d', 'team^web'], {}, folder);
    const running = 'processname:meow groupname:cat from_state:STARTING pid:41';
    await first.tell({ serial: 1, name: 'PROCESS_STATE_RUNNING', payload: running });
    await first.tell({ serial: 2, payload: exitOf(41) });
    await receiver.waitFor(2);
    expect(await first.close()).toBe(0);

    // What it has delivered is forgotten, so that it sends all of it again.
    rmSync(join(spoolIn(folder), 'delivered.json'));
    const second = await listenerTo(hooktide.url, ['-d', 'team^web'], {}, folder);
    expect(second.stderr()).toMatch(/waiting in .*: 2\n/);
    await second.tell({ serial: 3, payload: exitOf(42, 'cat:purr') });
    const payloads = (await receiver.waitFor(3)).map(({ body }) => JSON.parse(body) as Posted['payload']);
    expect(payloads.map(({ supervisor }) => supervisor.serial)).toEqual([1, 2, 3]);
    expect(payloads.map(({ taskUpdate }) => taskUpdate?.taskState)).toEqual([
      'TASK_RUNNING',
      'TASK_FAILED',
      'TASK_FAILED',
    ]);
    expect(payloads[0]?.supervisor.data).toEqual({ team: 'web' });
  });

  it('takes the exit of a process for the end of the task that it told of before it was restarted itself', async () => {
    const receiver = await startWireReceiver({ answer: (_, response) => void response.writeHead(202).end() });
    const folder = spoolFolder();
    const first = await listenerTo(receiver.url, [], {}, folder);
    const starting = 'processname:meow groupname:cat from_state:STOPPED tries:0';
    await first.tell({ serial: 1, name: 'PROCESS_STATE_STARTING', payload: starting });
    expect(await first.close()).toBe(0);
    const second = await listenerTo(receiver.url, [], {}, folder);
    await second.tell({ serial: 2 });
    const [started, exited] = (await receiver.waitFor(2)).map((request) => postedIn(request)[0]?.payload.task?.taskId);
    expect(started?.id).toMatch(/^cat-/);
    expect(exited).toEqual(started);
  });

  it('sends only what -e names, and follows the rest', async () => {
    const listener = await listenerTo(hooktide.url, ['-e', 'EXITED', '--program', 'purr']);
    await listener.tell({
      serial: 101,
      name: 'PROCESS_STATE_STARTING',
      payload: 'processname:purr groupname:cat from_state:STOPPED tries:0',
    });
    await listener.tell({ serial: 102, payload: exitOf(1, 'cat:other') });
    await listener.tell({ serial: 103, payload: exitOf(1, 'cat:purr') });
    const ids = await until(async () => {
      const rows = await hooktide.sql<{ id: string }>(
        `SELECT id FROM hooktide.idempotency_id WHERE id ~ '/10[0-9]/task$'`,
      );
      return rows.length > 0 && rows.map(({ id }) => id.replace(/^.*\/(\d+)\/task$/, '$1'));
    });
    expect(ids).toEqual(['103']);
    expect(listener.stderr().match(/^cat:.*$/gm)).toHaveLength(1);
  });
});

describe('superhooks --to a Hooktide that another listener tells the same', () => {
  it('says so once, and tells what the other does not', async () => {
    const hooktide = await startHooktide();
    const receiver = await startReceiver();
    await hooktide.register(receiver.url, 'TASK');
    const first = await listenerTo(hooktide.url, ['--program', 'meow']);
    for (let serial = 1; serial <= 5; serial++) await first.tell({ serial });
    await receiver.waitFor(5);
    const second = await listenerTo(hooktide.url, ['-d', 'team^web']);
    for (let serial = 1; serial <= 5; serial++) await second.tell({ serial });
    await second.tell({ serial: 6, payload: exitOf(6, 'cat:purr') });
    await receiver.waitFor(6);
    const told = receiver.requests.map(({ body }) => (JSON.parse(body) as Posted['payload']).supervisor.serial);
    expect(told).toEqual([1, 2, 3, 4, 5, 6]);
    expect(second.stderr().match(/^superhooks: another listener tells this supervisord's events.*$/gm)).toHaveLength(1);
    expect(second.stderr()).not.toMatch(/409|given up/);
    await hooktide.stop();
  });
});

describe('superhooks --to a Hooktide that refuses', () => {
  it('gives up only the update that is at fault, aloud, and delivers the others', async () => {
    let isDown = true;
    const taken: number[] = [];
    const receiver = await startWireReceiver({
      answer: (request, response) => {
        if (isDown) return response.writeHead(503).end();
        if (serialsIn(request).includes(5)) {
          return response.writeHead(413).end(JSON.stringify({ detail: 'The payload is too large' }));
        }
        taken.push(...serialsIn(request));
        return response.writeHead(202).end();
      },
    });
    const listener = await listenerTo(receiver.url);
    for (let serial = 1; serial <= 9; serial++) await listener.tell({ serial });
    await listener.says('Hooktide answered 503; waiting:');
    isDown = false;
    await listener.tell({ serial: 10 });
    await until(() => taken.includes(10));
    expect(taken).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 10]);
    const givenUp = listener.stderr().match(/^superhooks: Hooktide answered 413.*$/gm);
    expect(givenUp).toHaveLength(1);
    expect(givenUp?.[0]).toMatch(/413: The payload is too large; the update \S+\/5\/task is given up: \{/);
  });

  it('waits for a token that counts, and reads it anew each time', async () => {
    const token = join(spoolFolder(), 'token');
    writeFileSync(token, 'old\n');
    const receiver = await startWireReceiver({
      answer: (request, response) => void response.writeHead(tokenOf(request) === 'Bearer new' ? 202 : 401).end(),
    });
    const listener = await listenerTo(`${receiver.url}singularity/`, ['--token-file', token]);
    await listener.tell({ serial: 1 });
    await listener.says(
      /superhooks: Hooktide answered 401: mend the token in --token-file or HOOKTIDE_TOKEN; waiting: 1, tried again/,
    );
    writeFileSync(token, 'new\n');
    await listener.tell({ serial: 2 });
    const taken = () => receiver.requests.filter((request) => tokenOf(request) === 'Bearer new');
    await until(() => taken().flatMap(serialsIn).includes(2));
    expect(taken().flatMap(serialsIn)).toEqual([1, 2]);
    const [last] = taken();
    expect(last).toMatchObject({ method: 'POST', path: '/singularity/api/updates' });
    expect(last?.headers).toContainEqual(['Content-Type', 'application/json']);
  });

  it('does not take a kept connection for a failure that the receiver has closed', async () => {
    let requests = 0;
    const receiver = await startSocketServer((socket) => {
      let isUsed = false;
      socket.on('data', () => {
        if (isUsed) return socket.destroy();
        isUsed = true;
        requests += 1;
        return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const listener = await listenerTo(receiver.url);
    for (let serial = 1; serial <= 3; serial++) await listener.tell({ serial });
    expect(await listener.close()).toBe(0);
    expect(requests).toBe(3);
    expect(listener.stderr()).not.toContain('tried again');
  });

  it('takes the token from HOOKTIDE_TOKEN, and asks whether the address is right where nothing is', async () => {
    const receiver = await startWireReceiver({ answer: (_, response) => void response.writeHead(404).end() });
    const listener = await listenerTo(receiver.url, [], { HOOKTIDE_TOKEN: 'mine' });
    await listener.tell({ serial: 1 });
    await listener.says('Hooktide answered 404: is --to the address of a Hooktide?; waiting: 1, tried again');
    expect(receiver.requests[0]?.headers).toContainEqual(['Authorization', 'Bearer mine']);
  });
});
