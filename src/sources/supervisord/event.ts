/** One event of supervisord, as an event listener reads it (contract of supervisor's listeners, §3 and §5). */
export interface SupervisorEvent {
  /** `PROCESS_STATE_EXITED`, `TICK_60`, … */
  name: string;
  /** supervisord's identifier: `server` of the header. */
  identifier: string;
  /** Counts from 0 since supervisord's start, over all pools. */
  serial: number;
  /** The payload as it came. */
  payload: string;
  /** The `key:value` tokens of the payload's first line, in their order; a value may hold `:`. */
  fields: ReadonlyMap<string, string>;
  /** What follows the first line; null: nothing does. */
  data: string | null;
}

/** Which run of supervisord an event is of, and where: its identifier alone names neither. */
export interface Boot {
  /** Of the machine. */
  host: string;
  /** supervisord's process id. */
  pid: number;
  /** When that process began, in words that stay the same: no time, as the clock may be set. */
  run: string;
}
