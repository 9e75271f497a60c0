/** How a process ended, by supervisord's main log. */
export interface ProcessEnd {
  /** null: it was spawned before what was read of the log begins. */
  pid: number | null;
  endedAtMillis: number;
  /** null: a signal ended it. */
  exitStatus: number | null;
  /** `SIGKILL`, or its number where it has no name; null: none ended it, or nobody knows which. */
  signal: string | null;
  coreDumped: boolean;
}

/** supervisor's `options.make_logger`: `%(asctime)s %(levelname)s %(message)s`, in local time. */
const LINE = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d),(\d{3}) [A-Z]+ (.*)$/;
/** supervisor's `process.py`, `_spawn_as_parent` and `finish`. */
const SPAWNED = /^spawned: '(.*)' with pid (\d+)$/;
const ENDED = /^(?:exited|stopped): (.*) \((exit status|terminated by|unknown termination cause) (.*)\)$/;

/**
 * The ends of the process of this name, oldest first. The log names no group: while two processes of one name run, what
 * ended is told of neither.
 * @param log the end of supervisord's main log; its first line may be cut
 */
export function endsIn(log: string, process: string): ProcessEnd[] {
  const ends: ProcessEnd[] = [];
  const alive = new Set<number>();
  for (const line of log.split('\n')) {
    const [, year, month, day, hours, minutes, seconds, millis, message = ''] = LINE.exec(line) ?? [];
    const [, spawned, pid] = SPAWNED.exec(message) ?? [];
    if (spawned === process) alive.add(Number(pid));
    const [, ended, cause, detail = ''] = ENDED.exec(message) ?? [];
    if (ended !== process || alive.size > 1) continue;
    const at = [year, month, day, hours, minutes, seconds, millis].map(Number) as [number, number, ...number[]];
    at[1] -= 1;
    ends.push({
      pid: [...alive][0] ?? null,
      endedAtMillis: new Date(...at).getTime(),
      exitStatus: cause === 'exit status' ? Number.parseInt(detail, 10) : null,
      signal: cause === 'terminated by' ? (/^(?:signal )?(\w+)/.exec(detail)?.[1] ?? null) : null,
      coreDumped: detail.includes('(core dumped)'),
    });
    alive.clear();
  }
  return ends;
}
