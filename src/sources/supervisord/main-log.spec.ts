import { describe, expect, it } from 'vitest';
import { endsIn } from './main-log.js';

/** As supervisor 4.3.0 wrote it. */
const LOG = `7:40:51,396 INFO spawned: 'bad' with pid 1
2026-11-22 07:40:51,398 INFO spawned: 'bad' with pid 14773
2026-11-22 07:40:51,403 INFO spawnerr: can't find command '/nope'
2026-11-22 07:40:51,414 INFO spawned: 'killed' with pid 14774
2026-11-22 07:40:52,497 INFO success: bad entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
2026-11-22 07:40:52,719 WARN exited: bad (exit status 3; not expected)
2026-11-22 07:40:52,729 INFO spawned: 'bad' with pid 14782
2026-11-22 07:40:52,729 WARN exited: killed (terminated by SIGKILL; not expected)
2026-11-22 07:40:54,037 INFO exited: bad (exit status 0; expected)
2026-11-22 07:40:54,318 INFO waiting for stop to stop
2026-11-22 07:40:54,319 WARN stopped: stop (terminated by SIGTERM)
2026-11-22 07:40:54,320 WARN stopped: odd (v2) (terminated by SIGSEGV (core dumped))
2026-11-22 07:40:54,321 WARN exited: odd (v2) (terminated by SIGSEGV (core dumped); not expected)
2026-11-22 07:40:54,322 WARN exited: strange (terminated by signal 64; not expected)
2026-11-22 07:40:54,323 WARN exited: strange (unknown termination cause 0x1234; not expected)
`;
const at = (seconds: number, millis: number) => new Date(2026, 10, 22, 7, 40, seconds, millis).getTime();

describe("supervisord's main log", () => {
  it('tells how each process ended, by the pid that it was spawned with', () => {
    expect(endsIn(LOG, 'bad')).toEqual([
      { pid: 14773, endedAtMillis: at(52, 719), exitStatus: 3, signal: null, coreDumped: false },
      { pid: 14782, endedAtMillis: at(54, 37), exitStatus: 0, signal: null, coreDumped: false },
    ]);
    expect(endsIn(LOG, 'killed')).toEqual([
      { pid: 14774, endedAtMillis: at(52, 729), exitStatus: null, signal: 'SIGKILL', coreDumped: false },
    ]);
  });

  it('tells no pid of one that was spawned before the log begins', () => {
    expect(endsIn(LOG, 'stop')).toEqual([
      { pid: null, endedAtMillis: at(54, 319), exitStatus: null, signal: 'SIGTERM', coreDumped: false },
    ]);
  });

  it('is understood with parentheses in a name, a core dump, and signals without a name', () => {
    const told = (name: string) =>
      endsIn(LOG, name).map(({ exitStatus, signal, coreDumped }) => [exitStatus, signal, coreDumped]);
    expect(told('odd (v2)')).toEqual([
      [null, 'SIGSEGV', true],
      [null, 'SIGSEGV', true],
    ]);
    expect(told('strange')).toEqual([
      [null, '64', false],
      [null, null, false],
    ]);
    expect(endsIn(LOG, 'ba')).toEqual([]);
    expect(endsIn('', 'bad')).toEqual([]);
  });

  it('tells of neither while two processes of one name run, for it names no group', () => {
    const log = [
      "2026-11-22 07:40:51,001 INFO spawned: 'web' with pid 1",
      '2026-11-22 07:40:51,002 WARN exited: web (exit status 1; not expected)',
      "2026-11-22 07:40:51,003 INFO spawned: 'web' with pid 2",
      "2026-11-22 07:40:51,004 INFO spawned: 'web' with pid 3",
      '2026-11-22 07:40:51,005 WARN exited: web (exit status 2; not expected)',
      '2026-11-22 07:40:51,006 WARN exited: web (exit status 3; not expected)',
    ].join('\n');
    expect(endsIn(log, 'web')).toEqual([
      { pid: 1, endedAtMillis: at(51, 2), exitStatus: 1, signal: null, coreDumped: false },
    ]);
  });
});
