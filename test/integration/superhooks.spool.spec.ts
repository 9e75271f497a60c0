import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { closeWireReceivers, freePort, startWireReceiver } from '../setup/superhooks-wire.js';
import {
  eventText,
  killListeners,
  pidsIn,
  segmentsIn,
  spoolFolder,
  spoolIn,
  startListener,
  TAKEN,
  type Listener,
} from '../setup/superhooks.js';
import { until } from '../setup/until.js';

afterEach(async () => {
  await killListeners();
  await closeReceivers();
  await closeWireReceivers();
});

const listenerTo = (url: string, folder: string, args: string[] = [], env: Record<string, string> = {}) =>
  startListener(['-u', url, '-e', 'EXITED', '--spool', folder, ...args], env);

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function tellAll(listener: Listener, serials: number[]): Promise<void> {
  for (const serial of serials) await listener.tell({ serial });
}

describe('after kill -9', () => {
  it('loses nothing and keeps the order; the event that was under way comes twice', async () => {
    // It answers so many, and is silent from then on: the listener is killed in the middle of a request.
    let answered = 0;
    const receiver = await startReceiver((response) => {
      if (receiver.requests.length <= answered) response.end();
    });
    const folder = spoolFolder();
    const KILLS = 4;
    for (let kill = 1; kill <= KILLS; kill++) {
      answered = receiver.requests.length + 10;
      const listener = await listenerTo(receiver.url, folder);
      await tellAll(listener, range(kill * 100, kill * 100 + 19));
      await receiver.waitFor(answered + 1);
      await listener.end('SIGKILL');
    }
    answered = Infinity;
    const last = await listenerTo(receiver.url, folder);
    expect(last.stderr()).toMatch(/waiting in .*: \d\d\n/);
    await last.tell({ serial: 999 });
    await until(() => pidsIn(receiver.requests).includes(999));
    const told = pidsIn(receiver.requests);
    const expected = [...range(1, KILLS).flatMap((kill) => range(kill * 100, kill * 100 + 19)), 999];
    expect([...new Set(told)]).toEqual(expected);
    expect(told.length - expected.length).toBe(KILLS);
  });

  it('sends again only what was not yet delivered', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    const first = await listenerTo(receiver.url, folder);
    await tellAll(first, range(1, 20));
    await receiver.waitFor(20);
    await until(() => deliveredByte(folder) === sizeOf(segmentsIn(folder)));
    await first.end('SIGKILL');
    const second = await listenerTo(receiver.url, folder);
    await second.tell({ serial: 21 });
    await receiver.waitFor(21);
    expect(pidsIn(receiver.requests)).toEqual(range(1, 21));
  });

  it('knows an event again that supervisord repeats, as its listener died before it could answer', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    const first = await listenerTo(receiver.url, folder);
    await tellAll(first, [7, 8]);
    await receiver.waitFor(2);
    await first.end('SIGKILL');
    const second = await listenerTo(receiver.url, folder);
    await tellAll(second, [8, 7, 9]);
    await until(() => pidsIn(receiver.requests).includes(9));
    expect([...new Set(pidsIn(receiver.requests))]).toEqual([7, 8, 9]);
    expect(second.stderr().match(/^cat:meow;.*$/gm)).toHaveLength(1);
  });
});

it('takes the same serial of another supervisord for another event', async () => {
  const receiver = await startReceiver();
  const folder = spoolFolder();
  const first = await listenerTo(receiver.url, folder);
  await first.tell({ serial: 7 });
  expect(await first.close()).toBe(0);
  const second = await startListener(['-u', receiver.url, '-e', 'EXITED', '--spool', folder], {}, 'a shell');
  await second.tell({ serial: 7 });
  expect(await second.close()).toBe(0);
  expect(pidsIn(receiver.requests)).toEqual([7, 7]);
});

it('remembers what it has told also when that is gone from the spool', async () => {
  const receiver = await startReceiver();
  const folder = spoolFolder();
  // A segment is an eighth of the limit: a few records.
  const first = await listenerTo(receiver.url, folder, ['--spool-limit', '10kB']);
  await tellAll(first, range(1, 30));
  expect(await first.close()).toBe(0);
  expect(segmentsIn(folder)).toHaveLength(1);
  const second = await listenerTo(receiver.url, folder, ['--spool-limit', '10kB']);
  await tellAll(second, [...range(1, 30), 31]);
  expect(await second.close()).toBe(0);
  expect(pidsIn(receiver.requests)).toEqual(range(1, 31));
});

it('leaves out a record that a crash cut off, and says so', async () => {
  const port = await freePort();
  const folder = spoolFolder();
  const url = `http://127.0.0.1:${port}/`;
  const first = await listenerTo(url, folder);
  await tellAll(first, [1, 2, 3]);
  await first.end('SIGKILL');
  const [segment = ''] = segmentsIn(folder);
  truncateSync(segment, readFileSync(segment).length - 20);
  const receiver = await startWireReceiver({ port });
  const second = await listenerTo(url, folder);
  // supervisord has had no answer to it in such a case: it comes again.
  await tellAll(second, [3, 4]);
  expect(pidsIn(await receiver.waitFor(4))).toEqual([1, 2, 3, 4]);
  expect(second.stderr()).toMatch(/the last record in .* was cut off by a crash/);
});

it('leaves out what a disk has damaged, says so, and sends the rest', async () => {
  const port = await freePort();
  const folder = spoolFolder();
  const url = `http://127.0.0.1:${port}/`;
  const first = await listenerTo(url, folder);
  await tellAll(first, [1, 2, 3]);
  await first.end('SIGKILL');
  const [segment = ''] = segmentsIn(folder);
  writeFileSync(segment, readFileSync(segment, 'utf8').replace('pid:2', 'pid:7'));
  const receiver = await startWireReceiver({ port });
  const second = await listenerTo(url, folder);
  expect(pidsIn(await receiver.waitFor(2))).toEqual([1, 3]);
  expect(second.stderr()).toMatch(/damaged records in .*, left out: 1\n/);
});

it('loses the oldest when the spool is full, and says how many', async () => {
  const port = await freePort();
  const folder = spoolFolder();
  const listener = await listenerTo(`http://127.0.0.1:${port}/`, folder, ['--spool-limit', '10kB']);
  await tellAll(listener, range(1, 100));
  expect(sizeOf(segmentsIn(folder))).toBeLessThanOrEqual(10_000);
  const receiver = await startWireReceiver({ port });
  await until(() => pidsIn(receiver.requests).includes(100));
  const told = pidsIn(receiver.requests);
  const lost = [...listener.stderr().matchAll(/the oldest (\d+) events are given up/g)];
  const count = lost.reduce((sum, [, digits]) => sum + Number(digits), 0);
  expect(count).toBeGreaterThan(50);
  expect(told).toEqual(range(count + 1, 100));
});

it('deletes what is delivered', async () => {
  const receiver = await startReceiver();
  const folder = spoolFolder();
  const listener = await listenerTo(receiver.url, folder, ['--spool-limit', '10kB']);
  // More than the limit holds would be too old to keep before it has been sent.
  for (let told = 0; told < 200; told += 20) {
    await tellAll(listener, range(told + 1, told + 20));
    await receiver.waitFor(told + 20);
  }
  expect(await listener.close()).toBe(0);
  expect(pidsIn(receiver.requests)).toEqual(range(1, 200));
  expect(segmentsIn(folder)).toHaveLength(1);
  expect(readdirSync(spoolIn(folder)).sort()).not.toContain('lock');
});

it('makes room of what is delivered when the disk takes nothing more', async () => {
  const receiver = await startReceiver();
  const args = ['-u', receiver.url, '-e', 'EXITED', '--spool', spoolFolder()];
  const listener = await startListener(args, {}, 'a shell that limits files');
  await tellAll(listener, range(1, 15));
  await receiver.waitFor(15);
  expect(pidsIn(receiver.requests)).toEqual(range(1, 15));
});

describe('whose files somebody deletes', () => {
  it('stores what comes then in new ones, and delivers it', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    const listener = await listenerTo(receiver.url, folder);
    await listener.tell({ serial: 1 });
    await receiver.waitFor(1);
    const [segment = ''] = segmentsIn(folder);
    rmSync(segment);
    await listener.tell({ serial: 2 });
    await receiver.waitFor(2);
    await until(() => deliveredByte(folder) === sizeOf(segmentsIn(folder)));
    rmSync(folder, { recursive: true, maxRetries: 5 });
    await listener.tell({ serial: 3 });
    await receiver.waitFor(3);
    expect(pidsIn(receiver.requests)).toEqual([1, 2, 3]);
    expect(segmentsIn(folder)).not.toEqual([]);
    expect(await listener.close()).toBe(0);
  });

  it('delivers also what waited in them', async () => {
    const port = await freePort();
    const folder = spoolFolder();
    const listener = await listenerTo(`http://127.0.0.1:${port}/`, folder);
    await tellAll(listener, [1, 2, 3]);
    await listener.says('ECONNREFUSED');
    rmSync(folder, { recursive: true });
    await listener.tell({ serial: 4 });
    const receiver = await startWireReceiver({ port });
    expect(pidsIn(await receiver.waitFor(4))).toEqual([1, 2, 3, 4]);
  });

  it('says how many are lost of what it can not read any more, and goes on', async () => {
    const port = await freePort();
    const folder = spoolFolder();
    const url = `http://127.0.0.1:${port}/`;
    const first = await listenerTo(url, folder, ['--spool-limit', '10kB']);
    await tellAll(first, range(1, 12));
    await first.end('SIGKILL');
    const second = await listenerTo(url, folder, ['--flush', 'tick60']);
    rmSync(segmentsIn(folder)[0] ?? '');
    const receiver = await startWireReceiver({ port });
    await second.tell({ serial: 13 });
    expect(await second.close()).toBe(0);
    const lost = Number(/events are lost, as somebody has deleted .*: (\d+)\n/.exec(second.stderr())?.[1]);
    expect(lost).toBeGreaterThan(0);
    expect(pidsIn(receiver.requests)).toEqual(range(lost + 1, 13));
  });

  it('says so also when all of it is gone, and goes on', async () => {
    const port = await freePort();
    const folder = spoolFolder();
    const url = `http://127.0.0.1:${port}/`;
    const first = await listenerTo(url, folder, ['--spool-limit', '10kB']);
    await tellAll(first, range(1, 12));
    await first.end('SIGKILL');
    const second = await listenerTo(url, folder, ['--flush', 'tick60']);
    rmSync(folder, { recursive: true });
    const receiver = await startWireReceiver({ port });
    await second.tell({ serial: 13 });
    expect(await second.close()).toBe(0);
    expect(pidsIn(receiver.requests)).toEqual([13]);
    expect(second.stderr()).toContain('events are lost, as somebody has deleted');
  });
});

describe.skipIf(!existsSync('/dev/full'))('on a full disk', () => {
  it('gives no answer until the event is stored', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    const first = await listenerTo(receiver.url, folder);
    expect(await first.close()).toBe(0);
    const [segment = ''] = segmentsIn(folder);
    rmSync(segment);
    symlinkSync('/dev/full', segment);
    const listener = await listenerTo(receiver.url, folder);
    listener.write(eventText({ serial: 1 }));
    await listener.says(/the event can't be stored, and is tried again: ENOSPC/);
    expect(listener.stdout()).toBe('READY\n');
    rmSync(segment);
    appendFileSync(segment, '');
    await until(() => listener.stdout() === `READY\n${TAKEN}`);
    expect(pidsIn(await receiver.waitFor(1))).toEqual([1]);
  });

  it('can be stopped meanwhile', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    await (await listenerTo(receiver.url, folder)).close();
    const [segment = ''] = segmentsIn(folder);
    rmSync(segment);
    symlinkSync('/dev/full', segment);
    const listener = await listenerTo(receiver.url, folder);
    listener.write(eventText({ serial: 1 }));
    await listener.says("can't be stored");
    expect(await listener.end('SIGTERM')).toBe(0);
    expect(listener.stdout()).toBe('READY\n');
  });
});

describe('whose a spool is', () => {
  it('has listeners that differ in url, program or supervisord never share one', async () => {
    const receiver = await startReceiver(answers(200));
    const folder = spoolFolder();
    const listeners = [
      await listenerTo(receiver.url, folder),
      await listenerTo(`${receiver.url}other`, folder),
      await listenerTo(receiver.url, folder, [], { SUPERVISOR_PROCESS_NAME: 'superhooks_01' }),
      await listenerTo(receiver.url, folder, [], { SUPERVISOR_GROUP_NAME: 'other' }),
      await listenerTo(receiver.url, folder, [], { SUPERVISOR_SERVER_URL: 'http://127.0.0.1:9001' }),
    ];
    expect(new Set(readdirSync(folder)).size).toBe(5);
    for (const listener of listeners) await listener.tell({ serial: 1 });
    await receiver.waitFor(5);
  });

  it('finds the same one with another password in the url', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    for (const user of ['', 'me:one@', 'me:two@']) {
      expect(await (await listenerTo(receiver.url.replace('//', `//${user}`), folder)).close()).toBe(0);
    }
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('refuses a second process on one spool, and names the first', async () => {
    const receiver = await startReceiver();
    const folder = spoolFolder();
    const first = await listenerTo(receiver.url, folder);
    const second = listenerTo(receiver.url, folder);
    await expect(second).rejects.toThrow(`It ended with 1 before it was ready: Process ${first.pid} uses the spool`);
  });
});

function deliveredByte(folder: string): number {
  const { byte } = JSON.parse(readFileSync(join(spoolIn(folder), 'delivered.json'), 'utf8')) as { byte: number };
  return byte;
}

function sizeOf(files: string[]): number {
  return files.reduce((sum, file) => sum + readFileSync(file).length, 0);
}
