import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Horizon, type Snapshot } from './horizon.js';

/**
 * Postgres in small: transactions take a number, then ids, and end in any order. As in Postgres, a snapshot knows the
 * oldest number that runs only as far as one past the newest that has *ended* (`pg_snapshot_xmax`): numbers that were
 * given out after that one are running, though the snapshot doesn't tell of them. A read takes a number of its own.
 */
class Server {
  committed: number[] = [];
  private lastXid = 100;
  private lastEnded = 100;
  private lastId = 0;
  private readonly running: { xid: number; ids: number[] }[] = [];

  begin(): void {
    this.running.push({ xid: (this.lastXid += 1), ids: [] });
  }

  takeId(which: number): void {
    const transaction = this.running[which % this.running.length];
    transaction?.ids.push((this.lastId += 1));
  }

  commit(which: number): void {
    const [transaction] = this.running.splice(which % Math.max(1, this.running.length), 1);
    if (!transaction) return;
    this.committed.push(...transaction.ids);
    this.lastEnded = Math.max(this.lastEnded, transaction.xid);
  }

  read(): Snapshot {
    const upper = this.lastEnded + 1;
    const running = this.running.map(({ xid }) => xid).filter((xid) => xid < upper);
    const ownXid = (this.lastXid += 1);
    this.lastEnded = ownXid;
    return { oldestRunning: Math.min(upper, ...running), ownXid, lastId: this.lastId };
  }
}

const steps = fc.array(
  fc.record({ what: fc.constantFrom('begin', 'take', 'commit', 'read'), which: fc.nat({ max: 5 }) }),
  { maxLength: 60 },
);

describe('a reader that starts at the horizon', () => {
  it('never misses a row, in whatever order transactions commit', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const [server, horizon] = [new Server(), new Horizon()];
        const seen = new Set<number>();
        const read = (): void => {
          for (const id of server.committed) if (id > horizon.id) seen.add(id);
          horizon.note(server.read());
        };
        for (const { what, which } of script) {
          if (what === 'begin') server.begin();
          if (what === 'take') server.takeId(which);
          if (what === 'commit') server.commit(which);
          if (what === 'read') read();
        }
        for (let n = 0; n < 6; n += 1) server.commit(0);
        read();
        expect(server.committed.filter((id) => !seen.has(id) && id <= horizon.id)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('does not read again what is settled, once no transaction runs', () => {
    const [server, horizon] = [new Server(), new Horizon()];
    server.begin();
    for (let n = 0; n < 10; n += 1) server.takeId(0);
    server.commit(0);
    for (let n = 0; n < 3; n += 1) horizon.note(server.read());
    expect(horizon.id).toBe(10);
  });

  it('never moves the horizon back', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const [server, horizon] = [new Server(), new Horizon()];
        for (const { what, which } of script) {
          if (what === 'begin') server.begin();
          if (what === 'take') server.takeId(which);
          if (what === 'commit') server.commit(which);
          const before = horizon.id;
          horizon.note(server.read());
          expect(horizon.id).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });
});
