import { EgressClient, type EgressOptions } from '../../src/egress/client.js';
import { CutShort } from '../../src/egress/cut-short.js';
import { HttpSink } from '../../src/sinks/http/http.sink.js';
import type { Message } from '../../src/sinks/sink.js';
import { egressWith, LOOPBACK } from './egress.js';

/** Never cuts. */
export const uncut = new CutShort();

const clients: EgressClient[] = [];

/** A sink over a real client that may reach loopback; its clock stands still. Closed by `closeSinks`. */
export function sinkWith(options: Partial<EgressOptions> = {}): HttpSink {
  const client = new EgressClient({
    egress: egressWith({ allow: LOOPBACK }),
    connectTimeoutMillis: 2_000,
    deadlineMillis: 10_000,
    maxResponseHeaderBytes: 16_384,
    maxResponseBytes: 65_536,
    ...options,
  });
  clients.push(client);
  return new HttpSink(client, { version: '1.2.3', deadlineMillis: 60_000, now: () => 1_546_300_861_999 });
}

/** Waits for what is under way, then closes every connection. */
export async function closeSinks(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
}

export function messageTo(destination: string, body = '{"n":512.0}', more: Partial<Message> = {}): Message {
  return { id: 'msg_1', destination, contentType: 'application/json', headers: {}, body, ...more };
}
