import { createHash } from 'node:crypto';
import type { ReceiverTls } from '../updates/webhook-secrets.js';

/** What a webhook has of its own, by which its connections are its own. */
export interface Own {
  tls?: ReceiverTls | null;
  onlyTo?: readonly string[] | null;
}

/** Lets what is under way end. */
interface Closable {
  close(): Promise<void>;
}

/** Where the config names authorities of its own, one with a certificate takes about 1 MB. */
const MOST_WAYS = 100;
const IDLE_MILLIS = 60_000;

/**
 * The agents of webhooks that have TLS settings or a narrowing of their own: a connection that was made under one is never
 * used under another. Webhooks that have the same share one. Those that nobody used for a minute go when another one is
 * made, and beyond a hundred the one used longest ago; what is under way on it ends in peace.
 */
export class Ways<Agent extends Closable> {
  private readonly ways = new Map<string, { agent: Agent; usedAt: number }>();
  private readonly closing = new Set<Promise<void>>();
  /** Targets are the same objects from delivery to delivery: hashing their keys each time would cost more than sending. */
  private readonly ids = new WeakMap<object, string>();

  constructor(
    private readonly open: (own: Own) => Agent,
    private readonly now: () => number = () => performance.now(),
  ) {}

  of(own: Own): Agent {
    const id = `${this.idOf(own.tls)} ${this.idOf(own.onlyTo)}`;
    let way = this.ways.get(id);
    if (way === undefined) {
      this.makeRoom();
      way = { agent: this.open(own), usedAt: 0 };
      this.ways.set(id, way);
    }
    way.usedAt = this.now();
    return way.agent;
  }

  /** Lets what is under way end, and closes every connection. */
  async close(): Promise<void> {
    for (const id of this.ways.keys()) this.drop(id);
    await Promise.all(this.closing);
  }

  private makeRoom(): void {
    const idleSince = this.now() - IDLE_MILLIS;
    const byUse = [...this.ways].sort(([, one], [, other]) => one.usedAt - other.usedAt);
    const surplus = this.ways.size - MOST_WAYS + 1;
    for (const [index, [id, { usedAt }]] of byUse.entries()) if (index < surplus || usedAt < idleSince) this.drop(id);
  }

  private drop(id: string): void {
    const closed = this.ways.get(id)!.agent.close();
    this.ways.delete(id);
    this.closing.add(closed);
    void closed.finally(() => this.closing.delete(closed));
  }

  private idOf(settings: ReceiverTls | readonly string[] | null | undefined): string {
    if (!settings) return '-';
    let id = this.ids.get(settings);
    if (id === undefined) {
      id = createHash('sha256').update(textOf(settings)).digest('base64url');
      this.ids.set(settings, id);
    }
    return id;
  }
}

/** The same for the same settings, whatever the order of their keys. */
function textOf(settings: ReceiverTls | readonly string[]): string {
  if (!('length' in settings))
    return JSON.stringify([settings.ca ?? null, settings.certificate ?? null, settings.key ?? null]);
  return JSON.stringify(settings);
}
