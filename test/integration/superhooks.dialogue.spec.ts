import { afterEach, describe, expect, it } from 'vitest';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { closeWireReceivers, startWireReceiver } from '../setup/superhooks-wire.js';
import {
  eventText,
  exitOf,
  killListeners,
  pidsIn,
  readFixture,
  spoolFolder,
  startListener,
  TAKEN,
  type Transcript,
} from '../setup/superhooks.js';
import { until } from '../setup/until.js';

afterEach(async () => {
  await killListeners();
  await closeReceivers();
  await closeWireReceivers();
});

const ALL_STATES = 'STARTING,RUNNING,BACKOFF,STOPPING,FATAL,EXITED,STOPPED,UNKNOWN';

const listenerTo = (url: string, args: string[] = ['-e', 'EXITED'], folder = spoolFolder()) =>
  startListener(['-u', url, ...args, '--spool', folder]);

describe('the dialogue with supervisord', () => {
  it('is byte for byte the recorded one, and every state of a process is told once', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url, ['-e', ALL_STATES]);
    const { entries } = readFixture('supervisor/transcript-process-state-tick60.json') as Transcript;
    let expected = '';
    const payloads: string[] = [];
    for (const { dir, base64 = '' } of entries) {
      const bytes = Buffer.from(base64, 'base64');
      if (dir === 'listener->supervisord') expected += bytes.toString();
      if (dir !== 'supervisord->listener') continue;
      // supervisord writes when it has read what the listener had to say.
      await until(() => listener.stdout() === expected);
      const [header = '', payload = ''] = bytes.toString().split('\n');
      if (header.includes('eventname:PROCESS_STATE_')) payloads.push(payload);
      listener.write(bytes);
    }
    await until(() => listener.stdout().length >= expected.length);
    expect(listener.stdout().slice(0, expected.length)).toBe(expected);
    const told = (await receiver.waitFor(payloads.length)).map(({ body }) => new URLSearchParams(body));
    expect(told.map((form) => form.get('pheaders_all'))).toEqual(payloads.map((payload) => `${payload} `));
    expect(await listener.close()).toBe(0);
    expect(receiver.requests).toHaveLength(payloads.length);
  });

  it('never becomes a violation of the protocol, even where the recorded listener did', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url);
    const { entries } = readFixture('supervisor/transcript-protocol-violation.json') as Transcript;
    for (const { dir, base64 = '' } of entries) {
      if (dir === 'supervisord->listener') listener.write(Buffer.from(base64, 'base64'));
    }
    await until(() => listener.stdout().length >= `READY\n${TAKEN}`.length);
    expect(listener.stdout()).toBe(`READY\n${TAKEN}`);
  });

  it('takes an event in any pieces', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url);
    for (const byte of Buffer.from(eventText({ serial: 1 }))) listener.write(Uint8Array.of(byte));
    await receiver.waitFor(1);
    await until(() => listener.stdout().length >= `READY\n${TAKEN}`.length);
    expect(listener.stdout()).toBe(`READY\n${TAKEN}`);
  });

  it('counts code points, and with a peer that counts bytes still finds the end', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url);
    const payload = exitOf(1, 'grüße:mäuse😀');
    await listener.tell({ serial: 1, payload });
    await listener.tell({ serial: 2, payload, length: Buffer.byteLength(payload) });
    await listener.tell({ serial: 3 });
    const bodies = (await receiver.waitFor(3)).map(({ body }) => new URLSearchParams(body).get('process_name'));
    expect(bodies).toEqual(['grüße:mäuse😀', 'grüße:mäuse😀', 'cat:meow']);
  });

  it('keeps colons and semicolons, and an identifier with a colon', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url);
    await listener.tell({ serial: 1, server: 'web:1', payload: `${exitOf(1)} note:a;b:c` });
    const [request] = await receiver.waitFor(1);
    expect(new URLSearchParams(request?.body).get('pheaders_all')).toBe(`${exitOf(1)} note:a;b:c `);
  });

  it('passes over what it was not asked for, and over what it has told, in whatever order that comes', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url, ['-e', 'EXITED', '--unexpected-only', '--program', 'cat:meow']);
    await listener.tell({ serial: 5 });
    await listener.tell({ serial: 4 });
    await listener.tell({ serial: 5 });
    await listener.tell({ serial: 4 });
    await listener.tell({ serial: 5, server: 'another' });
    await listener.tell({ serial: 6, name: 'PROCESS_STATE_FATAL' });
    await listener.tell({ serial: 7, name: 'TICK_60', payload: 'when:1795303320' });
    await listener.tell({ serial: 8, name: 'PROCESS_GROUP_ADDED', payload: 'groupname:cat\n' });
    await listener.tell({ serial: 9, name: 'PROCESS_COMMUNICATION_STDOUT', payload: `${exitOf(9)}\nhello` });
    await listener.tell({ serial: 10, name: 'SUPERVISOR_STATE_CHANGE_RUNNING', payload: '' });
    await listener.tell({ serial: 11, payload: exitOf(11).replace('expected:0', 'expected:1') });
    await listener.tell({ serial: 12, payload: exitOf(12, 'cat:purr') });
    await listener.tell({ serial: 13 });
    expect(pidsIn(await receiver.waitFor(4))).toEqual([5, 4, 5, 13]);
    expect(listener.stderr().match(/^cat:meow;.*$/gm)).toEqual(
      [5, 4, 5, 13].map((pid) => `cat:meow;RUNNING;PROCESS_STATE_EXITED;${exitOf(pid)} `),
    );
  });

  it('ends with 1 and says why when what comes is no event', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url);
    listener.write('hello\n');
    expect(await listener.ended).toBe(1);
    expect(listener.stderr()).toContain('This is no header of a supervisord event: "hello"\n');
    expect(listener.stdout()).toBe('READY\n');
  });
});

describe('what the receiver gets', () => {
  interface Recorded {
    method: string;
    path: string;
    headers: Array<[string, string]>;
    body: string;
  }
  const { requests } = readFixture('superhooks/http-requests-basic.json') as { requests: Recorded[] };

  it('is byte for byte what superhooks sent, with its headers as they were typed', async () => {
    const receiver = await startWireReceiver();
    const listener = await listenerTo(receiver.url, ['-e', ALL_STATES, '-d', 'a^b^^c^d', '-H', 'p^q^^r^s']);
    for (const [serial, { body }] of requests.entries()) {
      const form = new URLSearchParams(body);
      const payload = (form.get('pheaders_all') ?? '').trimEnd();
      await listener.tell({ serial, name: form.get('event_name') ?? '', payload });
    }
    const received = await receiver.waitFor(requests.length);
    const kept = ['p', 'r', 'Content-Length', 'Content-Type', 'Connection', 'Accept'];
    const facts = (request: Recorded) => ({
      method: request.method,
      path: request.path,
      body: request.body,
      headers: Object.fromEntries(request.headers.filter(([name]) => kept.includes(name))),
    });
    expect(received.map(facts)).toEqual(requests.map(facts));
    expect(received[0]?.headers.map(([name]) => name)).toContain('Host');
  });

  it('has the headers of -H, of which one may take the place of the type', async () => {
    const receiver = await startWireReceiver();
    const headers = 'Content-Type^application/json^^x-TOKEN^1^^X-Token^2^^Content-Length^7';
    const listener = await listenerTo(receiver.url, ['-e', 'EXITED', '-H', headers]);
    await listener.tell({ serial: 1 });
    const [request] = await receiver.waitFor(1);
    const named = (name: string) => request?.headers.filter(([other]) => other.toLowerCase() === name);
    expect(named('content-type')).toEqual([['Content-Type', 'application/json']]);
    expect(named('x-token')).toEqual([['X-Token', '2']]);
    expect(named('content-length')).toEqual([['Content-Length', String(request?.body.length)]]);
    expect(request?.body).toMatch(/^process_name=cat%3Ameow&/);
  });

  it('has user and password of the url as Basic authorization, whatever -H says', async () => {
    const receiver = await startWireReceiver();
    const url = receiver.url.replace('http://', 'http://me:p%40ss@');
    const listener = await listenerTo(`${url}a/b?c=d#e`, ['-e', 'EXITED', '-H', 'authorization^x']);
    await listener.tell({ serial: 1 });
    const [request] = await receiver.waitFor(1);
    expect(request?.path).toBe('/a/b?c=d');
    expect(request?.headers.filter(([name]) => name.toLowerCase() === 'authorization')).toEqual([
      ['Authorization', `Basic ${Buffer.from('me:p@ss').toString('base64')}`],
    ]);
    expect(listener.stderr()).not.toContain('p%40ss');
  });

  it('is an object of the same fields with --json, and more with --with and --name', async () => {
    const receiver = await startReceiver();
    const args = ['-e', 'EXITED', '--json', '--with', 'host, time,id', '--name', 'eu-1', '-d', 'a^b'];
    const listener = await listenerTo(receiver.url, args);
    const before = Date.now();
    await listener.tell({ serial: 1 });
    const [request] = await receiver.waitFor(1);
    expect(request?.headers['content-type']).toBe('application/json');
    const body = JSON.parse(request?.body ?? '') as Record<string, string>;
    expect(Object.keys(body)).toEqual('process_name from_state event_name pheaders_all host time id a'.split(' '));
    expect(body).toMatchObject({ process_name: 'eu-1/cat:meow', from_state: 'RUNNING', a: 'b' });
    expect(Date.parse(body['time'] ?? '')).toBeGreaterThanOrEqual(before);
    expect(body['id']).toMatch(/:supervisor:\d+:[\da-f.]+:1$/);
  });

  it('comes over a connection of its own each', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url);
    for (let serial = 1; serial <= 5; serial++) await listener.tell({ serial });
    expect(pidsIn(await receiver.waitFor(5))).toEqual([1, 2, 3, 4, 5]);
    expect(receiver.connections()).toBe(receiver.requests.length);
  });
});
