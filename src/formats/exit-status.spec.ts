import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitStatusOf, type Ending, type ExitStatus } from './exit-status.js';

const exited = (status: number) => ({ raw_exit_status: status * 256, reason: 'exited', exit_status: status });
const signaled = (signal: number, raw = signal) => ({ raw_exit_status: raw, reason: 'signaled', signal });
const UNKNOWN = { raw_exit_status: -1, reason: 'raw' };

const isFrom = (least: number, most: number, given: number) => given >= least && given <= most;

/** What doesn't fit together; null: nothing. */
function faultOf(end: ExitStatus, ending: Ending): ExitStatus | null {
  const { raw_exit_status: raw } = end;
  const fits =
    end.reason === 'exited'
      ? isFrom(0, 255, end.exit_status) && raw === end.exit_status * 256
      : end.reason === 'signaled'
        ? isFrom(1, 64, end.signal) && (raw & 0x7f) === end.signal
        : ending === null && raw === UNKNOWN.raw_exit_status;
  return fits ? null : end;
}

describe('how a container ended', () => {
  it.each<[string, Ending, object]>([
    ['Command exited with status 1', null, exited(1)],
    ['Command exited with status 0', null, exited(0)],
    ['Container exited with exit code: 137', null, exited(137)],
    ['exited with code 255', null, exited(255)],
    ['Exit status: 3', null, exited(3)],
    ['exit 2', 'well', exited(2)],
    ['Command terminated with signal Terminated', null, signaled(15)],
    ['Command terminated with signal Killed', null, signaled(9)],
    ['Command terminated with signal Segmentation fault (core dumped)', null, signaled(11, 139)],
    ['Command terminated with signal Aborted (core dumped)', null, signaled(6, 134)],
    ['Command terminated with signal User defined signal 1', null, signaled(10)],
    ['Command terminated with signal User defined signal 2', null, signaled(12)],
    ['Command terminated with signal Trace/breakpoint trap', null, signaled(5)],
    ['terminated by signal 9', null, signaled(9)],
    ['killed by SIGTERM', null, signaled(15)],
    ['killed with signal 64', null, signaled(64)],
    ['Killed by signal 9 (SIGKILL)', 'well', signaled(9)],
    ['', 'well', exited(0)],
    ['Task finished', 'well', exited(0)],
    ['Task exceeded one or more memory limits (512.0 MB mem, 1024.0 MB disk).', 'killed', signaled(9)],
    ['', null, UNKNOWN],
    ['Agent example.com removed', null, UNKNOWN],
    ['Command exited with status 256', null, UNKNOWN],
    ['terminated by signal 0', null, UNKNOWN],
    ['terminated by signal 65', null, UNKNOWN],
    ['killed by an operator', null, UNKNOWN],
    ['Reached 3 exits', null, UNKNOWN],
  ])('is read out of «%s», %s', (message, ending, expected) => {
    expect(exitStatusOf(message, ending)).toEqual(expected);
  });

  it('is what wait(2) would say, for each status', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (status) => {
        const { raw_exit_status: raw } = exitStatusOf(`Command exited with status ${status}`, null);
        // WIFEXITED, WEXITSTATUS
        expect([raw & 0x7f, raw >> 8]).toEqual([0, status]);
      }),
    );
  });

  it('is always told, of any message, and by numbers that fit together', () => {
    const messages = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.string(), fc.integer({ min: -1, max: 9_999 }), fc.string())
        .chain(([before, number, after]) =>
          fc.constantFrom(
            `${before} exited with status ${number}${after}`,
            `${before} terminated with signal ${number}${after}`,
            `${before}killed by ${after}`,
          ),
        ),
    );
    fc.assert(
      fc.property(messages, fc.constantFrom<Ending>('well', 'killed', null), (message, ending) => {
        expect(faultOf(exitStatusOf(message, ending), ending)).toBeNull();
      }),
    );
  });

  it('takes no time to speak of, however long the message', () => {
    const before = performance.now();
    for (const part of ['exited with ', 'terminated with signal Segmentation ', ' '])
      exitStatusOf(part.repeat(100_000), null);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
