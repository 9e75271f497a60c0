import { describe, expect, it } from 'vitest';
import type { Delivery } from '../queue/sql/read.js';
import type { Departure } from './backlog.js';
import { Budget } from './budget.js';
import { Lane } from './lane.js';
import { PATIENCE_MILLIS } from './pace.js';
import type { Verdict } from './policy.js';

const HORIZON = 1_000;
const DELIVERED: Verdict = {
  delivery: 'delivered',
  dropReason: null,
  retryInMillis: null,
  refusal: false,
  restMillis: null,
  gone: false,
  keepNewest: null,
  maxAgeMillis: null,
};

/** An open lane whose last attempt failed: its receiver gets one at a time. */
function slowLane(): Lane {
  const claimed = {
    id: 1,
    fence: 1,
    webhookId: 'w',
    revision: 0,
    target: { order: 'subject', retry: null, maxConcurrent: null },
    floorId: 0,
    failedSubjects: ['another'],
    failingMillis: null,
    answered: true,
  } as unknown as ConstructorParameters<typeof Lane>[0];
  const claim = { mode: 'open', poll: null, at: 0, leaseMillis: 30_000, maxConcurrent: 16 } as const;
  return new Lane(claimed, claim, new Budget());
}

/** As much as it asks for, of a queue without end. */
function read(lane: Lane): void {
  const { afterId, limit } = lane.want();
  const page = Array.from({ length: limit }, (_, index) => {
    const id = afterId + 1 + index;
    return { id, subject: `s${id}`, attempts: 0, update: { updateId: `u${id}`, payload: '{}' } } as Delivery;
  });
  lane.take(page, false, lane.cursor.epoch, HORIZON);
}

describe('a lane whose receiver is late', () => {
  it('reads no more while what it has waits for a slot, or is under way', () => {
    const lane = slowLane();
    const seen = [lane.isHungry];
    read(lane);
    seen.push(lane.isHungry, lane.canSend);
    const departure = lane.backlog.depart();
    seen.push(lane.isHungry);
    expect(seen).toEqual([true, false, true, false]);
    expect(departure?.delivery.id).toBe(1);
    expect(lane.backlog.waiting).toBe(0);
  });

  it('reads on when its attempt has landed', () => {
    const lane = slowLane();
    read(lane);
    const departure = lane.backlog.depart() as Departure;
    lane.land(departure, DELIVERED, PATIENCE_MILLIS, 16, false);
    lane.settle(departure.delivery, 0);
    expect(lane.isHungry).toBe(true);
    read(lane);
    expect(lane.backlog.depart()?.delivery.id).toBe(2);
  });
});
