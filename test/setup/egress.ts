import { readFileSync } from 'node:fs';
import type { EgressConfig } from '../../src/config/config.js';
import { EgressClient, type EgressOptions } from '../../src/egress/client.js';
import { compileEgress, type Egress } from '../../src/egress/compile.js';
import type { Resolve } from '../../src/egress/connector.js';
import { CutShort } from '../../src/egress/cut-short.js';
import type { Post } from '../../src/egress/exchange.js';

/** `egress` of the config as it is by default, with what a test says otherwise. */
export function egressWith(config: Partial<EgressConfig> = {}): Egress {
  return compileEgress({
    allow: [],
    deny: [],
    ports: null,
    proxy: null,
    proxyResolves: false,
    noProxy: [],
    tls: { ca: null, minVersion: 'TLSv1.2' },
    ...config,
  });
}

/** Receivers of tests are on loopback. */
export const LOOPBACK = ['127.0.0.0/8', '::1'];

/** A resolver that knows these names, and what it was asked for. A name with several answers gives the next at each look-up. */
export function resolving(names: Record<string, string[][]>): Resolve & { asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (name, _, callback) => {
    asked.push(name);
    const answers = names[name] ?? [];
    const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
    if (addresses.length === 0) return callback(Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' }), []);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(resolve, { asked });
}

/**
 * Made for tests, until 2119, and guarding nothing: `authority` issued `receiver` (for shop.test, localhost and 127.0.0.1),
 * `sender` and `expired`; `stranger` issued `stranger-sender`. `encrypted.key` is that of `sender`, under a passphrase.
 */
export function pem(name: string): string {
  return readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
}

const clients: EgressClient[] = [];

/** A real client, which by default may reach loopback. Closed by `closeClients`. */
export function clientWith(config: Partial<EgressConfig> = {}, options: Partial<EgressOptions> = {}): EgressClient {
  const client = new EgressClient({
    egress: egressWith({ allow: LOOPBACK, ...config }),
    connectTimeoutMillis: 5_000,
    deadlineMillis: 10_000,
    maxResponseHeaderBytes: 16_384,
    maxResponseBytes: 65_536,
    ...options,
  });
  clients.push(client);
  return client;
}

/** Waits for what is under way, then closes every connection. */
export async function closeClients(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
}

export function postTo(url: string, more: Partial<Post> = {}): Post {
  return { url: new URL(url), headers: {}, body: 'body', cutShort: new CutShort(), ...more };
}
