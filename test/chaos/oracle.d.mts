/** All times are milliseconds of one clock, that of the harness. */

/** An update as its sender knows it, or a direct message. */
export interface Sent {
  /** Its idempotency id, which its body bears as `"chaos":"<key>"`. */
  key: string;
  type: string;
  /** What filters go by; of a direct message, the target's name. */
  requestId: string;
  subject: string;
  /** Those of one request have one number, and places from 0. */
  batch: number;
  position: number;
  /** When the first request with it began. */
  beganAt: number;
  /** When the first 202 came; null: none has, so it may be stored or not. */
  acceptedAt: number | null;
  body: string;
}

/** Who is owed deliveries: a webhook, a topic, or a place for direct messages. */
export interface Target {
  name: string;
  type: string;
  /** Null: those of all requests. */
  requestIds: string[] | null;
  isOrdered: boolean;
  /** From when it was surely registered until it began to go; null: it is still there. */
  lives: { from: number; to: number | null }[];
}

/** A request that a receiver has seen whole, or an entry of a batch. */
export interface Arrival {
  target: string;
  at: number;
  /** When the success was answered; null: something else was. */
  ackedAt: number | null;
  /** Who sent it. */
  process: string | null;
  /** Hooktide's id of the update. */
  updateId: string;
  webhookId: string;
  body: string;
}

/** Something that explains that a delivery was sent again. */
export interface Event {
  kind: string;
  /** Null: it concerned all. */
  process: string | null;
  /** Null: it concerned all. */
  target: string | null;
  from: number;
  /** Null: it goes on. */
  to: number | null;
}

/** An attempt of which a process itself says that it failed. */
export interface Failure {
  updateId: string;
  target: string;
  reason: string;
  at: number;
}

export interface Trace {
  sent: Sent[];
  targets: Target[];
  arrivals: Arrival[];
  deadLetters: { key: string; target: string; reason: string }[];
  /** What still waits at the end. */
  waiting: { key: string; target: string }[];
  /** The webhook-ids of what was replayed: it is no part of any order. */
  replayed: string[];
  events: Event[];
  failures: Failure[];
}

/** One thing that is wrong, as a sentence, and whom it concerns. */
export interface Finding {
  target: string;
  subject: string;
  /** Of the updates that it is about. */
  keys: string[];
  what: string;
}

export interface Verdict {
  lost: Finding[];
  outOfOrder: Finding[];
  wrongWebhook: Finding[];
  wrongBytes: Finding[];
  unexplained: Finding[];
  /** How many duplicates each cause explains. */
  duplicates: Record<string, number>;
  deadLetters: Record<string, number>;
  accepted: number;
  owed: number;
  arrived: number;
}

export function judge(trace: Trace): Verdict;
