/** How a container ended, as Sail's webhooks tell it (contract of Sail Above, §2). */
export type ExitStatus =
  | { raw_exit_status: number; reason: 'exited'; exit_status: number }
  | { raw_exit_status: number; reason: 'signaled'; signal: number }
  /** Ended in another way, or nobody knows how. */
  | { raw_exit_status: number; reason: 'raw' };

/** What is known of the end beside the message: it went well, or its agent killed it, which is done by SIGKILL. */
export type Ending = 'well' | 'killed' | null;

/** As strsignal(3) of glibc names those that end a process, which Mesos writes; the numbers are those of Linux. */
const SIGNALS: Record<string, readonly [name: string, number: number]> = {
  SIGHUP: ['Hangup', 1],
  SIGINT: ['Interrupt', 2],
  SIGQUIT: ['Quit', 3],
  SIGILL: ['Illegal instruction', 4],
  SIGTRAP: ['Trace/breakpoint trap', 5],
  SIGABRT: ['Aborted', 6],
  SIGBUS: ['Bus error', 7],
  SIGFPE: ['Floating point exception', 8],
  SIGKILL: ['Killed', 9],
  SIGUSR1: ['User defined signal 1', 10],
  SIGSEGV: ['Segmentation fault', 11],
  SIGUSR2: ['User defined signal 2', 12],
  SIGPIPE: ['Broken pipe', 13],
  SIGALRM: ['Alarm clock', 14],
  SIGTERM: ['Terminated', 15],
};
const NUMBERS = new Map(
  Object.entries(SIGNALS).flatMap(([id, [name, number]]) => [
    [id.toLowerCase(), number],
    [name.toLowerCase(), number],
  ]),
);

/** `Command exited with status 1`, `Container exited with exit code: 137` … */
const EXITED = /\bexit(?:ed)?(?: with)?(?: (?:status|code|exit code|exit status))?:? (\d{1,3})\b/i;
/** `Command terminated with signal Killed (core dumped)`, `terminated by signal 9`, `killed by SIGTERM`. */
const SIGNALED = new RegExp(
  String.raw`\b(?:terminated|killed) (?:with|by) (?:signal )?(\d{1,2}|${[...NUMBERS.keys()].join('|')})\b`,
  'i',
);
const MOST_SIGNALS = 64;
const SIGKILL = 9;
/** A wait status that is neither an exit nor a signal to the macros of wait(2). */
const UNKNOWN = -1;
/** WCOREFLAG of wait(2). */
const CORE_DUMPED = 0x80;

/**
 * Reads out of a task's status message how it ended; where that says nothing, `ending` does. The raw status is that of
 * wait(2): the exit status in the second byte, or the signal in the first. Pure.
 */
export function exitStatusOf(message: string, ending: Ending): ExitStatus {
  const exited = EXITED.exec(message)?.[1];
  if (exited !== undefined && Number(exited) <= 255) return exitedWith(Number(exited));
  const signal = signalOf(SIGNALED.exec(message)?.[1]);
  if (signal !== undefined) return endedBy(signal, /\bcore dumped\b/i.test(message));
  if (ending === 'well') return exitedWith(0);
  return ending === 'killed' ? endedBy(SIGKILL, false) : { raw_exit_status: UNKNOWN, reason: 'raw' };
}

function exitedWith(status: number): ExitStatus {
  return { raw_exit_status: status * 256, reason: 'exited', exit_status: status };
}

function endedBy(signal: number, hasCore: boolean): ExitStatus {
  return { raw_exit_status: hasCore ? signal + CORE_DUMPED : signal, reason: 'signaled', signal };
}

function signalOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  if (!/^\d+$/.test(name)) return NUMBERS.get(name.toLowerCase());
  const number = Number(name);
  return number >= 1 && number <= MOST_SIGNALS ? number : undefined;
}
