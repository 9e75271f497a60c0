import { constants } from 'node:os';

/** How a container ended, as Sail's webhooks tell it (contract of Sail Above, §2). */
export type ExitStatus =
  | { raw_exit_status: number; reason: 'exited'; exit_status: number }
  | { raw_exit_status: number; reason: 'signaled'; signal: number }
  /** Ended in another way, or nobody knows how. */
  | { raw_exit_status: number | null; reason: 'raw' };

/** `Command exited with status 1`, `Container exited with exit code: 137` … */
const EXITED = /\bexit(?:ed)?(?: with)?(?: (?:status|code|exit code|exit status))?:? (\d{1,3})\b/i;
/** `Command terminated with signal Killed (core dumped)`, `terminated by signal 9`, `killed by SIGTERM`. */
const SIGNALED = /\b(?:terminated|killed) (?:with|by) (?:signal )?(\d{1,2}|SIG[A-Z\d]+|[A-Z][A-Za-z/ ]*[a-z])/;

/** As strsignal(3) of glibc names those that end a process; Mesos writes them so. */
const SIGNAL_NAMES: Record<string, keyof typeof constants.signals> = {
  Hangup: 'SIGHUP',
  Interrupt: 'SIGINT',
  Quit: 'SIGQUIT',
  'Illegal instruction': 'SIGILL',
  'Trace/breakpoint trap': 'SIGTRAP',
  Aborted: 'SIGABRT',
  'Bus error': 'SIGBUS',
  'Floating point exception': 'SIGFPE',
  Killed: 'SIGKILL',
  'User defined signal 1': 'SIGUSR1',
  'Segmentation fault': 'SIGSEGV',
  'User defined signal 2': 'SIGUSR2',
  'Broken pipe': 'SIGPIPE',
  'Alarm clock': 'SIGALRM',
  Terminated: 'SIGTERM',
};

/**
 * Reads out of a task's status message how it ended. The raw status is that of wait(2): the exit status in the second byte,
 * or the signal in the first. Pure.
 * @param isSuccess it ended well, which says status 0 where the message says nothing
 */
export function exitStatusOf(message: string, isSuccess: boolean): ExitStatus {
  const exited = EXITED.exec(message)?.[1];
  if (exited !== undefined && Number(exited) <= 255) return exitedWith(Number(exited));
  const signal = signalOf(SIGNALED.exec(message)?.[1]);
  if (signal !== undefined) return { raw_exit_status: signal, reason: 'signaled', signal };
  return isSuccess ? exitedWith(0) : { raw_exit_status: null, reason: 'raw' };
}

function exitedWith(status: number): ExitStatus {
  return { raw_exit_status: status * 256, reason: 'exited', exit_status: status };
}

function signalOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  if (/^\d+$/.test(name)) return Number(name);
  return constants.signals[SIGNAL_NAMES[name] ?? (name as keyof typeof constants.signals)];
}
