import type { Delivery } from '../queue/sql/read.js';
import type { Budget } from './budget.js';
import type { Drain } from './drain.js';

/** Deliveries of one subject, in their order; at the most one is in flight. */
interface Subject {
  name: string;
  waiting: Delivery[];
  flying: boolean;
}

/** A delivery on its way, which keeps the later ones of its subject waiting. */
export interface Departure {
  subject: Subject;
  delivery: Delivery;
}

/** What was read of a lane and is not settled: sorted by subject, so that subjects go in parallel and each in order. */
export class Backlog {
  /** Waiting here, in flight, or on the way to Postgres. */
  readonly unsettled = new Set<number>();
  waiting = 0;
  inFlight = 0;
  /** Holds back what is to leave slowly; null: nothing is. */
  drain: Drain | null = null;
  /** Those among the unsettled that have failed: later ones of their subjects may not have been read yet. */
  private readonly pinned = new Set<number>();
  private readonly subjects = new Map<string, Subject>();
  private readonly ready: Subject[] = [];
  /** Subjects held up until what failed may be due again, each by the delivery that failed. */
  private readonly heldUp = new Map<string, number>();

  constructor(private readonly budget: Budget) {}

  /**
   * No read may start beyond this id: when what failed before is settled, deliveries behind it become eligible, and a
   * read that went on after them would bring later ones of the same subject first.
   */
  get firstPinned(): number {
    return Math.min(...this.pinned);
  }

  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** Whether the next one may leave now. */
  get mayDepart(): boolean {
    const [next] = this.ready;
    return next !== undefined && (this.drain === null || this.drain.admits(next.waiting[0]?.id ?? 0));
  }

  /** @param name what it is ordered by */
  add(delivery: Delivery, name = delivery.subject): void {
    if (this.heldUp.has(name) || this.unsettled.has(delivery.id)) return;
    this.unsettled.add(delivery.id);
    this.drain?.note(delivery.id);
    if (delivery.attempts > 0) this.pin(delivery.id);
    this.wait(1);
    this.budget.hold(delivery.update);
    const known = this.subjects.get(name);
    if (known) {
      known.waiting.push(delivery);
      return;
    }
    const subject = { name, waiting: [delivery], flying: false };
    this.subjects.set(name, subject);
    this.ready.push(subject);
  }

  depart(): Departure | null {
    const subject = this.ready.shift();
    const delivery = subject?.waiting.shift();
    if (!subject || !delivery) return null;
    subject.flying = true;
    this.wait(-1);
    this.inFlight += 1;
    this.drain?.take(delivery.id);
    return { subject, delivery };
  }

  /** The attempt is over, and the subject goes on. */
  proceed({ subject, delivery }: Departure): void {
    this.land(subject, delivery);
    if (subject.waiting.length > 0) this.ready.push(subject);
    else this.subjects.delete(subject.name);
  }

  /** The attempt is over, and the subject waits until it may be due again. */
  holdUp({ subject, delivery }: Departure): void {
    this.land(subject, delivery);
    this.heldUp.set(subject.name, delivery.id);
    for (const later of subject.waiting) this.forget(later);
    this.subjects.delete(subject.name);
  }

  /** The delivery has failed, now or before. */
  pin(id: number): void {
    this.pinned.add(id);
  }

  /** The attempt is written down; answers whether others may have waited behind it. */
  settle(id: number): boolean {
    this.unsettled.delete(id);
    return this.pinned.delete(id);
  }

  /** What failed may be due again. What is not written down yet goes on holding up its subject. */
  letGo(): void {
    for (const [subject, id] of this.heldUp) if (!this.unsettled.has(id)) this.heldUp.delete(subject);
  }

  /** Forgets what waits here: it is read again when its turn comes. */
  giveBack(): void {
    this.ready.length = 0;
    this.drain?.stop();
    for (const subject of this.subjects.values()) {
      for (const delivery of subject.waiting) this.forget(delivery);
      subject.waiting = [];
      if (!subject.flying) this.subjects.delete(subject.name);
    }
  }

  private wait(change: 1 | -1): void {
    if (this.waiting === 0) this.budget.lanes += 1;
    this.waiting += change;
    if (this.waiting === 0) this.budget.lanes -= 1;
  }

  private land(subject: Subject, delivery: Delivery): void {
    subject.flying = false;
    this.inFlight -= 1;
    this.budget.release(delivery.update);
  }

  private forget(delivery: Delivery): void {
    this.settle(delivery.id);
    this.wait(-1);
    this.budget.release(delivery.update);
  }
}
