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
  private serverRun = 1;
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

  /** What was not committed is forgotten, and the counters go back to before it, as far as nothing committed since. */
  crash(): void {
    this.serverRun += 1;
    const lost = this.running.splice(0).flatMap(({ ids }) => ids);
    const last = Math.max(0, ...this.committed);
    this.lastId = Math.max(last, ...lost.filter((id) => id <= last));
    this.lastXid = this.lastEnded;
  }

  read(): Snapshot {
    const upper = this.lastEnded + 1;
    const running = this.running.map(({ xid }) => xid).filter((xid) => xid < upper);
    const ownXid = (this.lastXid += 1);
    this.lastEnded = ownXid;
    return { serverRun: this.serverRun, oldestRunning: Math.min(upper, ...running), ownXid, lastId: this.lastId };
  }
}

const steps = fc.array(
  fc.record({ what: fc.constantFrom('begin', 'take', 'commit', 'read', 'crash'), which: fc.nat({ max: 5 }) }),
  { maxLength: 60 },
);

describe('a reader that starts at the horizon', () => {
  it('never misses a row, in whatever order transactions commit, and whenever the server crashes', () => {
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
          if (what === 'crash') server.crash();
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

  it('begins anew where the server has forgotten ids that were given out', () => {
    const [server, horizon] = [new Server(), new Horizon()];
    server.begin();
    for (let n = 0; n < 10; n += 1) server.takeId(0);
    for (let n = 0; n < 3; n += 1) horizon.note(server.read());
    server.crash();
    expect([horizon.note(server.read()), horizon.note(server.read())]).toEqual([true, false]);
    for (let n = 0; n < 3; n += 1) horizon.note(server.read());
    expect(horizon.id).toBe(0);
  });

  it('never moves the horizon back while the server runs', () => {
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
