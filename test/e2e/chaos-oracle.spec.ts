import { describe, expect, it } from 'vitest';
import { judge, type Arrival, type Event, type Sent, type Target, type Trace } from '../chaos/oracle.mjs';
import { plan } from '../chaos/schedule.mjs';

let batches = 0;

/** Accepted at `beganAt` + 5, in a request of its own. */
function sent(key: string, beganAt: number, more: Partial<Sent> = {}): Sent {
  const body = `{"chaos":"${key}"}`;
  const about = { type: 'REQUEST', requestId: 'r', subject: 'r' };
  return { key, ...about, batch: ++batches, position: 0, beganAt, acceptedAt: beganAt + 5, body, ...more };
}

/** At `hook`, answered with success at once, by the process p. */
function arrival({ key, body }: Sent, at: number, more: Partial<Arrival> = {}): Arrival {
  const ids = { updateId: key, webhookId: `${key}-1` };
  return { target: 'hook', at, ackedAt: at, process: 'p', ...ids, body, ...more };
}

const target = (name: string, more: Partial<Target> = {}): Target => {
  return { name, type: 'REQUEST', requestIds: null, isOrdered: true, lives: [{ from: 0, to: null }], ...more };
};

const event = (kind: string, process: string | null, from: number, to: number): Event => ({
  kind,
  process,
  target: null,
  from,
  to,
});

const x = sent('x', 100);
const y = sent('y', 200);

function judged(trace: Partial<Trace>) {
  const nothing = { sent: [], arrivals: [], deadLetters: [], waiting: [], replayed: [], events: [], failures: [] };
  return judge({ ...nothing, targets: [target('hook')], ...trace });
}

const lost = (trace: Partial<Trace>): number => judged({ sent: [x], ...trace }).lost.length;

const inversions = (trace: Partial<Trace>): number => judged(trace).outOfOrder.length;

/** How a second arrival, from this process, is explained. */
const again = (process: string, trace: Partial<Trace>, at = 20_000) => {
  const { duplicates, unexplained } = judged({
    sent: [x],
    arrivals: [arrival(x, 150), arrival(x, at, { process })],
    ...trace,
  });
  return unexplained.length > 0 ? 'unexplained' : Object.keys(duplicates)[0];
};

describe('the oracle', () => {
  it('finds nothing wrong where all arrived once and in order', () => {
    const verdict = judged({ sent: [x, y], arrivals: [arrival(x, 150), arrival(y, 250)] });
    expect(verdict).toEqual({
      lost: [],
      outOfOrder: [],
      wrongWebhook: [],
      wrongBytes: [],
      unexplained: [],
      duplicates: {},
      deadLetters: {},
      accepted: 2,
      owed: 2,
      arrived: 2,
    });
  });

  describe('calls lost', () => {
    it('what was accepted and never arrived', () => expect(lost({})).toBe(1));
    it('what arrived, but was never answered with success', () =>
      expect(lost({ arrivals: [arrival(x, 150, { ackedAt: null })] })).toBe(1));
    it('what arrived at another webhook only', () => {
      const arrivals = [arrival(x, 150, { target: 'other' })];
      expect(lost({ targets: [target('hook'), target('other')], arrivals })).toBe(1);
    });
    it('nothing that is a dead letter', () =>
      expect(lost({ deadLetters: [{ key: 'x', target: 'hook', reason: 'webhook_deleted' }] })).toBe(0));
    it('nothing that still waits', () => expect(lost({ waiting: [{ key: 'x', target: 'hook' }] })).toBe(0));
    it('nothing whose 202 never came', () => expect(lost({ sent: [sent('x', 100, { acceptedAt: null })] })).toBe(0));
    it('nothing that another filter is for', () =>
      expect(lost({ targets: [target('hook', { requestIds: ['q'] })] })).toBe(0));
    it.each([
      [1, 'before it was accepted, and was there long after', { from: 100, to: 900 }],
      [0, 'while its request was under way', { from: 101, to: null }],
      [0, 'and began to go before its 202', { from: 0, to: 104 }],
    ])('%i where the webhook was registered %s', (count, _, life) =>
      expect(lost({ targets: [target('hook', { lives: [life] })] })).toBe(count),
    );
  });

  describe('calls out of order', () => {
    const swapped = [arrival(y, 250), arrival(x, 260)];

    it('what arrived before one whose 202 had come before its request began', () =>
      expect(inversions({ sent: [x, y], arrivals: swapped })).toBe(1));
    it('what arrived while an earlier one had failed', () => {
      const arrivals = [arrival(x, 150, { ackedAt: null }), arrival(y, 250), arrival(x, 300)];
      expect(inversions({ sent: [x, y], arrivals })).toBe(1);
    });
    it('what stands before another in one array and came after it', () => {
      const later = sent('y', 100, { batch: x.batch, position: 1 });
      expect(inversions({ sent: [x, later], arrivals: [arrival(later, 150), arrival(x, 160)] })).toBe(1);
    });
    it('neither of two whose requests were under way at once', () => {
      const besides = sent('y', 104);
      expect(inversions({ sent: [x, besides], arrivals: [arrival(besides, 150), arrival(x, 160)] })).toBe(0);
    });
    it('neither of two subjects', () =>
      expect(inversions({ sent: [x, { ...y, subject: 'q' }], arrivals: swapped })).toBe(0));
    it('nothing where the webhook has no order', () =>
      expect(inversions({ sent: [x, y], arrivals: swapped, targets: [target('hook', { isOrdered: false })] })).toBe(0));
    it('no second arrival of what had arrived in order', () =>
      expect(inversions({ sent: [x, y], arrivals: [arrival(x, 150), ...swapped] })).toBe(0));
    it('nothing that was replayed', () =>
      expect(inversions({ sent: [x, y], arrivals: swapped, replayed: ['x-1'] })).toBe(0));
  });

  describe('calls wrong', () => {
    it('bytes that changed on the way', () => {
      const arrivals = [arrival(x, 150, { body: '{"chaos": "x"}'.replace(' ', '').replace('}', ' }') })];
      expect(judged({ sent: [x], arrivals }).wrongBytes).toHaveLength(1);
    });
    it('what nobody sent', () => expect(judged({ arrivals: [arrival(x, 150)] }).wrongBytes).toHaveLength(1));
    it.each([
      ['another type', { type: 'TASK' }],
      ['other requests', { requestIds: ['q'] }],
    ])('an update at a webhook for %s', (_, more) =>
      expect(
        judged({ sent: [x], arrivals: [arrival(x, 150)], targets: [target('hook', more)] }).wrongWebhook,
      ).toHaveLength(1),
    );
    it('an update at a place that is no webhook', () =>
      expect(judged({ sent: [x], arrivals: [arrival(x, 150, { target: 'redirected' })] }).wrongWebhook).toHaveLength(
        1,
      ));
  });

  describe('explains a duplicate', () => {
    it('by nothing, where nothing happened', () => expect(again('q', {})).toBe('unexplained'));
    it.each([
      ['the crash of the process that sent it', 'killed', event('killed', 'p', 160, 160)],
      ['a fault of Postgres', 'crashed', event('crashed', null, 100, 200)],
      ['a standstill of the process that sent it', 'stopped', event('stopped', 'p', 160, 9_000)],
      ['one of the process that had it on the way and sent it at last', 'stopped', event('stopped', 'q', 100, 19_000)],
    ])('by %s', (_, kind, cause) => expect(again('q', { events: [cause] })).toBe(kind));
    it.each([
      ['the crash of another process', event('killed', 'q', 160, 160)],
      ['a crash after it', event('killed', 'p', 20_001, 20_001)],
      ['what was over long before', event('crashed', null, -9_000, -8_000)],
    ])('not by %s', (_, cause) => expect(again('q', { events: [cause] })).toBe('unexplained'));
    it('by an attempt that its process did not see the end of', () => {
      const failure = { updateId: 'x', target: 'hook', at: 2_150 };
      expect(again('p', { failures: [{ ...failure, reason: 'timeout' }] })).toBe('attempt ended as timeout');
      expect(again('p', { failures: [{ ...failure, reason: 'server_error' }] })).toBe('unexplained');
    });
    it('by a standstill once a subject, for no more was on the way', () => {
      const events = [event('stopped', 'q', 100, 19_000)];
      const arrivals = [x, y].flatMap((update) => [arrival(update, 300), arrival(update, 20_000, { process: 'q' })]);
      expect(judged({ sent: [x, y], arrivals, events })).toMatchObject({
        duplicates: { stopped: 1 },
        unexplained: [{}],
      });
    });
    it('never, where no answer had been a success: that is a retry', () =>
      expect(judged({ sent: [x], arrivals: [arrival(x, 150, { ackedAt: null }), arrival(x, 300)] })).toMatchObject({
        duplicates: {},
        unexplained: [],
      }));
  });
});

describe('the schedule', () => {
  it('is a function of the seed', () => {
    const wish = { seed: '7', seconds: 300 };
    expect(plan(wish)).toEqual(plan(wish));
    expect(plan({ ...wish, seed: '8' })).not.toEqual(plan(wish));
  });

  it('has every kind of fault in five minutes', () => {
    const kinds = plan({ seed: '1', seconds: 300 }).flatMap(({ faults }) => faults.map(({ kind }) => kind));
    expect(new Set(kinds).size).toBeGreaterThan(35);
  });

  it('knows no other faults', () => expect(() => plan({ seed: '1', seconds: 9, only: ['rain'] })).toThrow(/"rain"/));
});
