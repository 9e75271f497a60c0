import type { CutShort } from '../egress/cut-short.js';
import type { Outcome } from '../updates/outcome.js';
import type { TraceContext } from '../updates/trace-context.js';
import type { ReceiverAuth, ReceiverTls, Signing } from '../updates/webhook-secrets.js';

/** What a message says beside its body where it is published to a topic. */
export interface Publication {
  /** By which subscribers filter; empty ones are left out. */
  attributes: Record<string, string>;
  /** The update's subject: what has the same keeps its order. */
  group: string;
  /** Of the delivery: the same over retries, a new one for a replay. */
  dedupId: string;
}

/** One body on its way to one destination. A sink knows nothing of deliveries, lanes or retries. */
export interface Message {
  /** Stable over retries and replays; receivers dedupe by it (`webhook-id`). */
  id: string;
  /** Where it goes, placeholders filled. */
  destination: string;
  contentType: string;
  /** Of the format and of the webhook. */
  headers: Record<string, string>;
  body: string;
  /** What the receiver's trace goes on from; missing: the update came with none. */
  trace?: TraceContext;
  /** Of `headers`, those that may hold secrets: they are masked in what the receiver answers. */
  ownHeaders?: Record<string, string> | null;
  /** How it is signed, how Hooktide says who it is, by TLS too, and where alone it may go. */
  signing?: Signing | null;
  auth?: ReceiverAuth | null;
  tls?: ReceiverTls | null;
  onlyTo?: readonly string[] | null;
  /** Why what is secret of it can't be read: it isn't sent. */
  unreadable?: string;
  /** For connect, and for the whole attempt; missing: the config's. */
  connectTimeoutMillis?: number;
  timeoutMillis?: number;
  /** The one status that counts as delivered by HTTP; missing: 200 to 299. */
  successStatus?: number;
  /** Missing: the message stands for itself, without attributes. */
  publication?: Publication;
}

/** How a delivery leaves. Answers with an outcome and never throws for the receiver's fault. */
export abstract class Sink {
  abstract send(message: Message, cutShort: CutShort): Promise<Outcome>;
}
