import { describe, expect, it } from 'vitest';
import { Stopwatch } from './stopwatch.js';

describe('Stopwatch', () => {
  it('tells how long each phase took, in whole milliseconds', () => {
    const stopwatch = new Stopwatch(1_000);
    stopwatch.enter('dnsMillis', 1_000.2);
    stopwatch.enter('connectMillis', 1_010.4);
    stopwatch.enter('tlsMillis', 1_030);
    stopwatch.enter('firstByteMillis', 1_060);
    stopwatch.enter('bodyMillis', 1_100);
    expect(stopwatch.stop(1_105.6)).toEqual({
      durationMillis: 106,
      phases: { dnsMillis: 10, connectMillis: 20, tlsMillis: 30, firstByteMillis: 40, bodyMillis: 6 },
    });
  });

  it('does not count the wait for a connection that is kept', () => {
    const stopwatch = new Stopwatch(0);
    stopwatch.enter('firstByteMillis', 7);
    stopwatch.enter('bodyMillis', 10);
    expect(stopwatch.stop(10)).toEqual({ durationMillis: 10, phases: { firstByteMillis: 3, bodyMillis: 0 } });
  });

  it.each([
    ['dnsMillis', { dnsMillis: 40 }],
    ['connectMillis', { connectMillis: 40 }],
    ['firstByteMillis', { firstByteMillis: 40 }],
  ] as const)('gives the time until a failure to %s, in which it stops', (phase, phases) => {
    const stopwatch = new Stopwatch(0);
    stopwatch.enter(phase, 10);
    expect(stopwatch.stop(50)).toEqual({ durationMillis: 50, phases });
  });

  it('takes a wait that led to nothing for a failure to connect', () => {
    expect(new Stopwatch(0).stop(50)).toEqual({ durationMillis: 50, phases: { connectMillis: 50 } });
  });

  it('ignores a connection that comes too late', () => {
    const stopwatch = new Stopwatch(0);
    stopwatch.enter('connectMillis', 1);
    const { phases } = stopwatch.stop(51);
    stopwatch.enter('tlsMillis', 60);
    expect(phases).toEqual({ connectMillis: 50 });
  });
});
