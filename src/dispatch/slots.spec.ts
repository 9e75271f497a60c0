import { describe, expect, it } from 'vitest';
import type { Delivery } from '../queue/sql/read.js';
import type { Target } from '../updates/target.js';
import { NO_SECRETS } from '../updates/webhook-secrets.js';
import type { Departure } from './backlog.js';
import { Budget } from './budget.js';
import { Lane } from './lane.js';
import { PATIENCE_MILLIS } from './pace.js';
import { Slots, type Flight } from './slots.js';

const DELIVERED = {
  delivery: 'delivered',
  dropReason: null,
  retryInMillis: null,
  refusal: false,
  restMillis: null,
  gone: false,
  keepNewest: null,
  maxAgeMillis: null,
} as const;
const MAX_WINDOW = 16;
const TARGET: Target = {
  uri: 'http://receiver/',
  format: 'singularity',
  order: 'subject',
  ...NO_SECRETS,
  onlyTo: null,
  retry: null,
  connectTimeoutMillis: null,
  timeoutMillis: null,
  maxConcurrent: null,
};

type Standing = 'brisk' | 'fresh' | 'slow';
let lastId = 0;

/** A lane with `deliveries` to send, each of a subject of its own. */
function laneOf(standing: Standing, deliveries = 10): Lane {
  lastId += 1;
  const laneId = lastId;
  const claimed = {
    id: laneId,
    fence: 1,
    webhookId: `w${laneId}`,
    revision: 0,
    target: TARGET,
    floorId: 0,
    drainToId: null,
    failedSubjects: [],
    failingMillis: null,
    answered: standing === 'brisk',
  };
  const mode = standing === 'slow' ? 'probing' : 'open';
  const lane = new Lane(claimed, { mode, poll: null, at: 0, leaseMillis: 30_000, maxConcurrent: 16 }, new Budget());
  lane.take(
    Array.from({ length: deliveries }, () => deliveryOf(laneId)),
    true,
    lane.cursor.epoch,
    lastId,
  );
  return lane;
}

function deliveryOf(laneId: number): Delivery {
  lastId += 1;
  return {
    id: lastId,
    laneId,
    firstLaneId: laneId,
    subject: `s${lastId}`,
    attempts: 0,
    refusals: 0,
    wasCut: false,
    ageMillis: 0,
    update: {
      updateId: `u${lastId}`,
      type: 'REQUEST',
      requestId: 'r',
      state: 'UPDATED',
      subject: 'r',
      occurredAtMillis: 0,
      payload: 'x',
    },
  };
}

/** Sends as the dispatcher does, until there is no slot or nobody to have it. */
function fill(slots: Slots, at = 0): { flight: Flight; departure: Departure }[] {
  const begun = [];
  for (let lane = slots.next(); lane; lane = slots.next()) {
    const departure = lane.backlog.depart();
    if (departure) begun.push({ flight: slots.begin(lane, at, false), departure });
    slots.offer(lane);
  }
  return begun;
}
const land = (slots: Slots, { flight, departure }: { flight: Flight; departure: Departure }, millis = 1): void => {
  slots.end(flight);
  flight.lane.land(departure, DELIVERED, millis, MAX_WINDOW, false);
  slots.offer(flight.lane);
};
const lanesOf = (begun: { flight: Flight }[]): number[] => begun.map(({ flight }) => flight.lane.id);

describe('the slots', () => {
  it('are never more than there are', () => {
    const slots = new Slots(10);
    for (let n = 0; n < 30; n += 1) slots.offer(laneOf('brisk'));
    expect(fill(slots)).toHaveLength(10);
    expect(slots.next()).toBeNull();
  });

  it.each(['fresh', 'slow'] as const)('go by half at the most to %s lanes', (standing) => {
    const slots = new Slots(10);
    for (let n = 0; n < 30; n += 1) slots.offer(laneOf(standing));
    expect(fill(slots)).toHaveLength(5);
    slots.offer(laneOf('brisk'));
    expect(fill(slots)).toHaveLength(1);
  });

  it('leave an unproven lane one, however few there are', () => {
    const slots = new Slots(1);
    slots.offer(laneOf('fresh'));
    expect(fill(slots)).toHaveLength(1);
  });

  it('go in turns to lanes that are alike', () => {
    const slots = new Slots(1);
    const lanes = [laneOf('brisk'), laneOf('brisk'), laneOf('brisk')];
    for (const lane of lanes) slots.offer(lane);
    const served: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const [next] = fill(slots);
      if (!next) break;
      served.push(next.flight.lane.id);
      land(slots, next);
    }
    const ids = lanes.map(({ id }) => id);
    expect(served).toEqual([...ids, ...ids]);
  });

  it('go in turns to the brisk, the fresh and the slow, so that none of them starves the others', () => {
    const slots = new Slots(100);
    const [brisk, fresh, slow] = [laneOf('brisk'), laneOf('fresh'), laneOf('slow')];
    for (const lane of [brisk, fresh, slow]) slots.offer(lane);
    expect(new Set(lanesOf(fill(slots)))).toEqual(new Set([brisk.id, fresh.id, slow.id]));
  });

  it('grow for a lane with each success, up to its limit', () => {
    const slots = new Slots(1_000);
    const lane = laneOf('brisk', 200);
    slots.offer(lane);
    const rounds = [];
    for (let n = 0; n < 6; n += 1) {
      const begun = fill(slots);
      rounds.push(lane.backlog.inFlight);
      const [first] = begun;
      if (first) land(slots, first);
    }
    expect(rounds).toEqual([1, 2, 4, 8, 16, 16]);
  });

  it('are not asked for by a lane that has nothing to send, or stands in line already', () => {
    const slots = new Slots(10);
    const lane = laneOf('brisk', 0);
    slots.offer(lane);
    expect(slots.waiting).toBe(0);
    const other = laneOf('brisk');
    slots.offer(other);
    slots.offer(other);
    expect(slots.waiting).toBe(1);
  });

  it('are not given to a lane that was shut while it stood in line', () => {
    const slots = new Slots(10);
    const lane = laneOf('brisk');
    slots.offer(lane);
    lane.shut();
    expect(slots.next()).toBeNull();
  });

  it('say how many probes there is room for', () => {
    const slots = new Slots(10);
    expect(slots.roomForProbes).toBe(5);
    for (let n = 0; n < 2; n += 1) slots.offer(laneOf('slow'));
    expect(slots.roomForProbes).toBe(3);
    fill(slots);
    expect(slots.roomForProbes).toBe(3);
  });
});

describe('a late attempt', () => {
  const late = PATIENCE_MILLIS + 1;

  it('is cut short for a lane that was never tried, the latest first', () => {
    const slots = new Slots(4);
    for (let n = 0; n < 2; n += 1) slots.offer(laneOf('fresh'));
    const [first, second] = [...fill(slots)];
    slots.offer(laneOf('fresh'));
    slots.check(late);
    expect([first?.flight.cut.isRequested, second?.flight.cut.isRequested]).toEqual([true, false]);
  });

  it('is spared when its delivery was cut short the time before, while there is another', () => {
    const slots = new Slots(4);
    for (let n = 0; n < 2; n += 1) slots.offer(laneOf('fresh'));
    const [first, second] = [...fill(slots)];
    first!.flight.wasCut = true;
    slots.offer(laneOf('fresh'));
    slots.check(late);
    expect([first?.flight.cut.isRequested, second?.flight.cut.isRequested]).toEqual([false, true]);
    slots.end(second!.flight);
    slots.check(late);
    expect(first?.flight.cut.isRequested).toBe(false);
  });

  it.each([PATIENCE_MILLIS - 1, PATIENCE_MILLIS])('is none after %i ms', (millis) => {
    const slots = new Slots(2);
    slots.offer(laneOf('fresh'));
    const [flying] = fill(slots);
    slots.offer(laneOf('fresh'));
    slots.check(millis);
    expect(flying?.flight.cut.isRequested).toBe(false);
  });

  it('goes on while nobody needs its slot', () => {
    const slots = new Slots(4);
    for (let n = 0; n < 2; n += 1) slots.offer(laneOf('slow'));
    const begun = fill(slots);
    slots.offer(laneOf('slow'));
    slots.check(late);
    expect(begun.map(({ flight }) => flight.cut.isRequested)).toEqual([false, false]);
  });

  it('counts as unproven from then on, and makes its lane give back what waits', () => {
    const slots = new Slots(4);
    const lane = laneOf('brisk', 3);
    slots.offer(lane);
    fill(slots);
    slots.check(late);
    expect(slots.roomForProbes).toBe(1);
    expect([lane.standing, lane.cursor.isAtEnd]).toEqual(['slow', false]);
    expect(lane.backlog.waiting).toBe(0);
  });

  it('gives its slot back when it ends', () => {
    const slots = new Slots(2);
    slots.offer(laneOf('fresh', 1));
    const [flying] = fill(slots);
    slots.check(late);
    if (flying) land(slots, flying);
    expect(slots.inFlight).toBe(0);
    expect(slots.roomForProbes).toBe(1);
  });
});
