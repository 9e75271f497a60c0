import { afterEach, describe, expect, it } from 'vitest';
import {
  answers,
  answersInTurn,
  closeReceivers,
  neverAnswers,
  redirectsTo,
  startReceiver,
  startSocketServer,
  type Handler,
} from '../setup/receivers.js';
import { closeWireReceivers, freePort, startWireReceiver } from '../setup/superhooks-wire.js';
import { exitOf, killListeners, pidsIn, spoolFolder, startListener } from '../setup/superhooks.js';
import { until } from '../setup/until.js';

afterEach(async () => {
  await killListeners();
  await closeReceivers();
  await closeWireReceivers();
});

const listenerTo = (url: string, args: string[] = [], folder = spoolFolder()) =>
  startListener(['-u', url, '-e', 'EXITED', '--spool', folder, ...args]);

/** A handler for each request in turn; the last stays. */
function inTurn(...handlers: Handler[]): Handler {
  let turn = 0;
  return (response, request) => handlers[Math.min(turn++, handlers.length - 1)]?.(response, request);
}

describe('delivery', () => {
  it('goes on when a receiver that was down is up again, and loses nothing', async () => {
    const port = await freePort();
    const listener = await listenerTo(`http://127.0.0.1:${port}/`);
    for (let serial = 1; serial <= 5; serial++) await listener.tell({ serial });
    await listener.says(/ECONNREFUSED.*; waiting: \d, tried again in 1 s/);
    const receiver = await startWireReceiver({ port });
    expect(pidsIn(await receiver.waitFor(5))).toEqual([1, 2, 3, 4, 5]);
    expect(await listener.close()).toBe(0);
  });

  it('keeps for the next start what a receiver that is down does not take, and the order', async () => {
    const [port, folder] = [await freePort(), spoolFolder()];
    const url = `http://127.0.0.1:${port}/`;
    const first = await listenerTo(url, [], folder);
    for (let serial = 1; serial <= 3; serial++) await first.tell({ serial });
    await first.says('ECONNREFUSED');
    expect(await first.close()).toBe(0);
    const receiver = await startWireReceiver({ port });
    const second = await listenerTo(url, [], folder);
    expect(second.stderr()).toMatch(/waiting in .*: 3\n/);
    await second.tell({ serial: 4 });
    expect(pidsIn(await receiver.waitFor(4))).toEqual([1, 2, 3, 4]);
  });

  it('tries again what a receiver could not take, and keeps later events behind it', async () => {
    const receiver = await startReceiver(answersInTurn(500, 429, 200));
    const listener = await listenerTo(receiver.url);
    await listener.tell({ serial: 1 });
    await listener.tell({ serial: 2 });
    expect(pidsIn(await receiver.waitFor(4))).toEqual([1, 1, 1, 2]);
    expect(listener.stderr()).toMatch(/superhooks: the receiver answered 500; waiting: \d, tried again in 1 s/);
    expect(listener.stderr()).toMatch(/superhooks: the receiver answered 429; waiting: 2, tried again in [12] s/);
  });

  it('leaves a receiver alone for as long as it asks', async () => {
    const times: number[] = [];
    const noting =
      (handler: Handler): Handler =>
      (response, request) => {
        times.push(performance.now());
        handler(response, request);
      };
    const receiver = await startReceiver(noting(inTurn(answers(503, { 'Retry-After': '3' }), answers(200))));
    const listener = await listenerTo(receiver.url);
    await listener.tell({ serial: 1 });
    await receiver.waitFor(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2_900);
    expect(listener.stderr()).toContain('tried again in 3 s');
  });

  it('says once what a receiver refuses, and goes on with the next event', async () => {
    const elsewhere = await startReceiver();
    const receiver = await startReceiver(inTurn(answers(404), redirectsTo(elsewhere.url), answers(200)));
    const listener = await listenerTo(receiver.url);
    for (let serial = 1; serial <= 3; serial++) await listener.tell({ serial });
    expect(pidsIn(await receiver.waitFor(3))).toEqual([1, 2, 3]);
    expect(elsewhere.requests).toEqual([]);
    expect(listener.stderr().match(/^superhooks: the receiver answered.*$/gm)).toEqual([
      `superhooks: the receiver answered 404, and gets this event no more: ${exitOf(1)}`,
      `superhooks: the receiver answered 302, and gets this event no more: ${exitOf(2)}`,
    ]);
  });

  it('ends an attempt that takes too long', async () => {
    const receiver = await startReceiver(inTurn(neverAnswers, answers(200)));
    const listener = await listenerTo(receiver.url, ['--timeout', '0.3']);
    await listener.tell({ serial: 1 });
    expect(pidsIn(await receiver.waitFor(2))).toEqual([1, 1]);
    expect(listener.stderr()).toContain('superhooks: no answer within 0.3 s; waiting: 1, tried again in 1 s\n');
  });

  it('writes headers in Latin-1, and takes a percent sign in a password for one where it begins no byte', async () => {
    const receiver = await startReceiver();
    const listener = await listenerTo(receiver.url.replace('//', '//us%er:p%C3%A9@'), ['-H', 'X-A^é']);
    await listener.tell({ serial: 1 });
    const [request] = await receiver.waitFor(1);
    // Node reads them in Latin-1 too.
    expect(request?.headers['x-a']).toBe('é');
    expect(request?.headers['authorization']).toBe(`Basic ${Buffer.from('us%er:pé').toString('base64')}`);
  });

  it('has a connection of its own for each event, which it closes itself: a receiver may serve one at a time', async () => {
    const heads: string[] = [];
    let open = 0;
    let mostOpen = 0;
    const receiver = await startSocketServer((socket) => {
      mostOpen = Math.max(mostOpen, ++open);
      socket.on('close', () => (open -= 1));
      socket.on('data', (bytes) => {
        heads.push(String(bytes).split('\r\n\r\n')[0] ?? '');
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n');
      });
    });
    const listener = await listenerTo(receiver.url);
    for (let serial = 1; serial <= 3; serial++) {
      await listener.tell({ serial });
      await until(() => heads.length === serial && open === 0);
    }
    expect(mostOpen).toBe(1);
    expect(heads.every((head) => head.includes('\r\nConnection: keep-alive'))).toBe(true);
    expect(await listener.close()).toBe(0);
    expect(listener.stderr()).not.toContain('tried again');
  });
});

describe('--flush=tick60', () => {
  const TICK = { name: 'TICK_60', payload: 'when:1795303320' };

  it('keeps events until the tick, and then sends them in their order', async () => {
    const receiver = await startReceiver();
    const [batching, prompt] = [
      await listenerTo(receiver.url, ['--flush', 'tick60']),
      await listenerTo(receiver.url, ['--flush', 'now']),
    ];
    for (let serial = 1; serial <= 3; serial++) await batching.tell({ serial });
    await prompt.tell({ serial: 100 });
    await receiver.waitFor(1);
    await batching.tell({ ...TICK, serial: 4 });
    expect(pidsIn(await receiver.waitFor(4))).toEqual([100, 1, 2, 3]);
    // The next ones wait for the next tick.
    await batching.tell({ serial: 5 });
    await prompt.tell({ serial: 101 });
    await receiver.waitFor(5);
    await batching.tell({ ...TICK, serial: 6 });
    expect(pidsIn(await receiver.waitFor(6)).slice(4)).toEqual([101, 5]);
  });

  it.each(['stdin', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    'sends what waits when it is stopped by %s',
    async (way) => {
      const receiver = await startReceiver();
      const listener = await listenerTo(receiver.url, ['--flush', 'tick60']);
      for (let serial = 1; serial <= 3; serial++) await listener.tell({ serial });
      expect(await (way === 'stdin' ? listener.close() : listener.end(way))).toBe(0);
      expect(pidsIn(receiver.requests)).toEqual([1, 2, 3]);
      expect(listener.stderr()).not.toContain('Debugger');
    },
  );
});

it('stops in time although the receiver never answers', async () => {
  const receiver = await startReceiver(neverAnswers);
  const listener = await listenerTo(receiver.url, ['--timeout', '60']);
  await listener.tell({ serial: 1 });
  await receiver.waitFor(1);
  const before = performance.now();
  expect(await listener.end('SIGTERM')).toBe(0);
  expect(performance.now() - before).toBeLessThan(8_000);
  expect(listener.stderr()).toContain('waiting: 1, tried again at the next start');
});
