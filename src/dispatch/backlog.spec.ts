import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../queue/sql/read.js';
import type { QueuedUpdate } from '../queue/sql/queued-updates.js';
import { Backlog, type Departure } from './backlog.js';
import { Budget } from './budget.js';

const updateOf = (updateId: string, subject: string): QueuedUpdate => ({
  updateId,
  type: 'REQUEST',
  requestId: subject,
  state: 'UPDATED',
  subject,
  occurredAtMillis: 0,
  payload: 'x'.repeat(10),
});
const delivery = (id: number, subject: string, fields: Partial<Delivery> = {}): Delivery => ({
  id,
  laneId: 1,
  firstLaneId: 1,
  subject,
  attempts: 0,
  refusals: 0,
  wasCut: false,
  ageMillis: 0,
  update: updateOf(`u${id}`, subject),
  ...fields,
});
const backlogOf = (...deliveries: Delivery[]) => {
  const budget = new Budget();
  const backlog = new Backlog(budget);
  for (const one of deliveries) backlog.add(one);
  return { backlog, budget };
};
const depart = (backlog: Backlog): Departure => {
  const departure = backlog.depart();
  if (!departure) throw new Error('Nothing is ready to leave.');
  return departure;
};
const departAll = (backlog: Backlog): number[] => {
  const ids: number[] = [];
  for (let next = backlog.depart(); next; next = backlog.depart()) ids.push(next.delivery.id);
  return ids;
};

describe('a backlog', () => {
  it('lets subjects leave side by side, and one delivery of each', () => {
    const { backlog } = backlogOf(delivery(1, 'a'), delivery(2, 'a'), delivery(3, 'b'));
    expect(departAll(backlog)).toEqual([1, 3]);
    expect(backlog).toMatchObject({ inFlight: 2, waiting: 1, hasReady: false });
  });

  it('lets the next of a subject leave when the one before has landed', () => {
    const { backlog } = backlogOf(delivery(1, 'a'), delivery(2, 'a'));
    backlog.proceed(depart(backlog));
    expect(departAll(backlog)).toEqual([2]);
  });

  it('lets subjects take turns', () => {
    const { backlog } = backlogOf(delivery(1, 'a'), delivery(2, 'a'), delivery(3, 'b'), delivery(4, 'b'));
    const left = [];
    for (let n = 0; n < 4; n += 1) {
      const departure = depart(backlog);
      left.push(departure.delivery.id);
      backlog.proceed(departure);
    }
    expect(left).toEqual([1, 3, 2, 4]);
  });

  it('takes no delivery twice, before or after it has left', () => {
    const { backlog, budget } = backlogOf(delivery(1, 'a'), delivery(1, 'a'));
    backlog.proceed(depart(backlog));
    backlog.add(delivery(1, 'a'));
    expect(departAll(backlog)).toEqual([]);
    expect(budget.bytes).toBe(0);
  });
});

describe('a subject whose delivery failed', () => {
  it('waits for the next poll, with all that was read of it', () => {
    const { backlog } = backlogOf(delivery(1, 'a'), delivery(2, 'a'), delivery(3, 'b'));
    backlog.holdUp(depart(backlog));
    backlog.settle(1);
    backlog.add(delivery(2, 'a'));
    expect(departAll(backlog)).toEqual([3]);
    backlog.letGo();
    backlog.add(delivery(1, 'a', { attempts: 1 }));
    expect(departAll(backlog)).toEqual([1]);
  });

  it('goes on waiting over a poll while the failure is not written down', () => {
    const { backlog } = backlogOf(delivery(1, 'a'));
    backlog.holdUp(depart(backlog));
    backlog.letGo();
    backlog.add(delivery(2, 'a'));
    expect(departAll(backlog)).toEqual([]);
    backlog.settle(1);
    backlog.letGo();
    backlog.add(delivery(1, 'a', { attempts: 1 }));
    expect(departAll(backlog)).toEqual([1]);
  });

  it('keeps reads from starting behind it while it is tried again', () => {
    const { backlog } = backlogOf(delivery(7, 'a', { attempts: 1 }), delivery(9, 'b', { attempts: 2 }));
    expect(backlog.firstPinned).toBe(7);
    backlog.proceed(depart(backlog));
    expect(backlog.firstPinned).toBe(7);
    backlog.settle(7);
    expect(backlog.firstPinned).toBe(9);
    backlog.giveBack();
    expect(backlog.firstPinned).toBe(Infinity);
  });
});

describe('an update that several lanes want', () => {
  const update = updateOf('u', 'a');
  const laneWith = (budget: Budget, id: number) => {
    const backlog = new Backlog(budget);
    backlog.add(delivery(id, 'a', { update }));
    return backlog;
  };

  it('counts once, and is known until the last lane has sent it', () => {
    const budget = new Budget();
    const [first, second] = [laneWith(budget, 1), laneWith(budget, 2)];
    expect([budget.bytes, budget.find('u')]).toEqual([10, update]);
    first.proceed(depart(first));
    expect([budget.bytes, budget.find('u')]).toEqual([10, update]);
    second.proceed(depart(second));
    expect([budget.bytes, budget.find('u')]).toEqual([0, undefined]);
  });

  it('counts for as long as it is in flight in one lane, though another gives it back', () => {
    const budget = new Budget();
    const [first, second] = [laneWith(budget, 1), laneWith(budget, 2)];
    const flying = depart(first);
    second.giveBack();
    expect(budget.bytes).toBe(10);
    first.holdUp(flying);
    expect(budget.bytes).toBe(0);
  });
});

describe('giving back', () => {
  it('forgets what waits and keeps what flies', () => {
    const { backlog, budget } = backlogOf(delivery(1, 'a'), delivery(2, 'a'), delivery(3, 'b'));
    const flying = depart(backlog);
    backlog.giveBack();
    expect([...backlog.unsettled]).toEqual([1]);
    expect(backlog).toMatchObject({ waiting: 0, inFlight: 1, hasReady: false });
    expect(budget.bytes).toBe(10);
    backlog.proceed(flying);
    expect(budget.bytes).toBe(0);
  });

  it('keeps the later ones of a flying subject behind it when they are read again', () => {
    const { backlog } = backlogOf(delivery(1, 'a'), delivery(2, 'a'));
    const flying = depart(backlog);
    backlog.giveBack();
    backlog.add(delivery(2, 'a'));
    expect(departAll(backlog)).toEqual([]);
    backlog.proceed(flying);
    expect(departAll(backlog)).toEqual([2]);
  });
});

interface Row {
  id: number;
  subject: string;
  attempts: number;
  /** Tried since the last poll. */
  tried: boolean;
}

/** A lane in Postgres, read into a backlog: the rules of `queue/sql/read.ts` in small. */
class Model {
  readonly budget = new Budget();
  readonly backlog = new Backlog(this.budget);
  readonly flying: Departure[] = [];
  private rows: Row[] = [];
  private readonly landed: { row: Row; delivered: boolean }[] = [];
  private readonly delivered = new Set<number>();
  private lastId = 0;

  enqueue(subject: string): void {
    this.rows.push({ id: (this.lastId += 1), subject, attempts: 0, tried: false });
  }

  read(limit: number): void {
    const blocked = (row: Row) => this.rows.some((b) => b.subject === row.subject && b.id < row.id && b.attempts > 0);
    const eligible = this.rows.filter((r) => !r.tried && !this.backlog.unsettled.has(r.id) && !blocked(r));
    for (const { id, subject, attempts } of eligible.slice(0, limit)) {
      this.backlog.add(delivery(id, subject, { attempts }));
    }
  }

  depart(): void {
    const departure = this.backlog.depart();
    if (!departure) return;
    const { id, subject } = departure.delivery;
    if (this.flying.some(({ delivery: other }) => other.subject === subject)) throw new Error(`Two of ${subject} fly.`);
    const before = this.rows.filter((row) => row.subject === subject && row.id < id && !this.delivered.has(row.id));
    if (before.length > 0) throw new Error(`${id} overtakes ${before[0]?.id}.`);
    this.flying.push(departure);
  }

  land(which: number, delivered: boolean): void {
    const [departure] = this.flying.splice(which % Math.max(1, this.flying.length), 1);
    const row = this.rows.find(({ id }) => id === departure?.delivery.id);
    if (!departure || !row) return;
    if (delivered) this.backlog.proceed(departure);
    else this.backlog.holdUp(departure);
    if (delivered) this.delivered.add(row.id);
    this.landed.push({ row, delivered });
  }

  settle(): void {
    for (const { row, delivered } of this.landed.splice(0)) {
      if (delivered) this.rows = this.rows.filter(({ id }) => id !== row.id);
      else Object.assign(row, { attempts: row.attempts + 1, tried: true });
      this.backlog.settle(row.id);
    }
  }

  poll(): void {
    for (const row of this.rows) row.tried = false;
    this.backlog.letGo();
  }

  get left(): number {
    return this.rows.length;
  }
}

const step = fc.oneof(
  fc.record({ what: fc.constant('enqueue' as const), subject: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ what: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ what: fc.constant('land' as const), which: fc.nat({ max: 3 }), delivered: fc.boolean() }),
  fc.record({ what: fc.constantFrom('depart' as const, 'settle' as const, 'poll' as const, 'giveBack' as const) }),
);

function play(model: Model, script: readonly Step[]): void {
  for (const next of script) {
    if (next.what === 'enqueue') model.enqueue(next.subject);
    else if (next.what === 'read') model.read(next.limit);
    else if (next.what === 'land') model.land(next.which, next.delivered);
    else if (next.what === 'giveBack') model.backlog.giveBack();
    else model[next.what]();
  }
}
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('whatever happens', () => {
  it('no two of a subject fly at once, none overtakes another, and all arrive', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (script) => {
        const model = new Model();
        play(model, script);
        for (let round = 0; round < 100 && model.left > 0; round += 1) {
          model.settle();
          model.poll();
          model.read(4);
          for (let n = 0; n < 4; n += 1) model.depart();
          while (model.flying.length > 0) model.land(0, true);
        }
        expect(model.left).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('the bytes and counts come back to nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (script) => {
        const model = new Model();
        play(model, script);
        while (model.flying.length > 0) model.land(0, script.length % 2 === 0);
        model.settle();
        model.backlog.giveBack();
        expect(model.budget.bytes).toBe(0);
        expect(model.backlog).toMatchObject({ waiting: 0, inFlight: 0, hasReady: false });
        expect(model.backlog.unsettled.size).toBe(0);
        expect(model.backlog.firstPinned).toBe(Infinity);
      }),
      { numRuns: 500 },
    );
  });
});
