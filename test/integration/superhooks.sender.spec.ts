import { afterEach, expect, it } from 'vitest';
import { Exchange } from '../../src/cli/superhooks/send/exchange.js';
import { Sender } from '../../src/cli/superhooks/send/sender.js';
import { WebhookTarget } from '../../src/cli/superhooks/send/webhook.js';
import { Spool } from '../../src/cli/superhooks/spool/spool.js';
import type { StoredEvent } from '../../src/cli/superhooks/stored-event.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { exitOf, killListeners, pidsIn, spoolFolder } from '../setup/superhooks.js';

afterEach(async () => {
  await closeReceivers();
  await killListeners();
});

const stored = (serial: number): StoredEvent => ({
  key: String(serial),
  event: { name: 'PROCESS_STATE_EXITED', identifier: 'supervisor', serial, payload: exitOf(serial) },
  boot: { host: 'h', pid: 1, run: 'a.1' },
  receivedAtMillis: 0,
  info: null,
});

it('flushes by itself where no tick comes: without TICK_60 in its section, a listener gets none', async () => {
  const receiver = await startReceiver();
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const spool = new Spool<StoredEvent>({ folder: spoolFolder(), limitBytes: 1_000_000, say });
  const url = new URL(receiver.url);
  const options = { kind: 'webhook', url, headers: new Map(), with: [], name: null, isJson: false } as const;
  const target = new WebhookTarget({ ...options, data: new Map() }, new Exchange({}, 10_000, 'new'), say);
  const FLUSH_MILLIS = 300;
  const began = performance.now();
  const sender = new Sender({ spool, target, say, flushEveryMillis: FLUSH_MILLIS });
  const sending = sender.run();
  spool.append(stored(1));
  sender.wake();
  spool.append(stored(2));
  sender.wake();
  await receiver.waitFor(1);
  expect(performance.now() - began).toBeGreaterThan(FLUSH_MILLIS - 5);
  await receiver.waitFor(2);
  spool.append(stored(3));
  sender.wake();
  expect(pidsIn(await receiver.waitFor(3))).toEqual([1, 2, 3]);
  expect(performance.now() - began).toBeGreaterThan(2 * FLUSH_MILLIS - 10);
  sender.stop(1_000);
  await sending;
  target.close();
  spool.close();
  expect(said).toEqual([]);
});
