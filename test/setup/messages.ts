import { randomUUID } from 'node:crypto';
import { Channel } from '../../src/database/channel.js';
import type { Database } from '../../src/database/database.js';
import { readOwnKey } from '../../src/database/own-key.js';
import { Queue } from '../../src/queue/queue.js';
import { Wake } from '../../src/queue/wake.js';
import type { Direct } from '../../src/updates/direct.js';
import { createTestDatabase } from './database.js';
import { startHooktide, type Hooktide, type HooktideOptions } from './hooktide.js';
import { connect, LIMITS, ME } from './queue.js';
import { newKey, vaultWith } from './vault.js';

/** Tried so often, with so long between, and never dropped for its age or for those behind it. */
const RETRY = { policy: 'constant', delayMillis: 50, maxAttempts: 3, maxAgeHours: 0, maxQueued: 0 } as const;

/** A queue for direct messages, without a dispatcher: it tells nobody. */
export function messageQueue(database: Database, vault = vaultWith()): Queue {
  const wake = new Wake(new Channel(database.url, () => undefined), ME.owner, false);
  const limits = { ...LIMITS, checkWebhooksEveryMillis: 10_000, maxWaitingDeliveries: 10_000_000 };
  return new Queue(database, wake, ME, limits, vault);
}

/** Queues a message, and answers with its job id. */
export async function sendTo(queue: Queue, uri: string, fields: Partial<Direct> & { payload?: string } = {}) {
  const { payload = '{"n":512.0}', group, tag, ...rest } = fields;
  const id = `${group ?? 'None'}_${tag ?? 'None'}_${randomUUID()}`;
  const direct = { uri, group, tag, retry: RETRY, timeoutMillis: 5_000, ...rest };
  await queue.enqueueMessage({ id, direct, payload });
  return id;
}

/** A Hooktide, and a way to send direct messages through it. */
export interface Messaging {
  hooktide: Hooktide;
  queue: Queue;
  database: Database;
  send(uri: string, fields?: Parameters<typeof sendTo>[2]): Promise<string>;
  stop(): Promise<void>;
}

export async function startMessaging(options: HooktideOptions = {}): Promise<Messaging> {
  const own = await createTestDatabase();
  const hooktide = await startHooktide({ ...options, database: own });
  const database = connect(own.url, 4);
  const key = (await readOwnKey(database)) ?? newKey();
  const queue = messageQueue(database, vaultWith([key]));
  const stop = async () => {
    await hooktide.stop();
    await database.close();
    await own.drop();
  };
  return { hooktide, queue, database, send: (uri, fields) => sendTo(queue, uri, fields), stop };
}
