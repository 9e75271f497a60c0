import { endsIn, type ProcessEnd } from './main-log.js';
import { callRpc, readString, readStruct, type Credentials } from './xml-rpc.js';

/** So much of the end of supervisord's main log is read: a few hundred lines. */
const LOG_TAIL_BYTES = 32 * 1024;

/** What supervisord says of a process when it is asked, which is after the event: it may have been started again. */
export interface ProcessInfo {
  /** Of the last exit, -1 for a death by signal; 0 also while it runs, and when it was started again since. */
  exitStatus: number | null;
  /** Times are whole seconds, in epoch milliseconds. Of the last start. */
  startedAtMillis: number | null;
  /** Of the last end; null: there was none. */
  stoppedAtMillis: number | null;
  nowMillis: number | null;
  /** Why the last start failed. */
  spawnError: string | null;
  /** `RUNNING`, `EXITED`, … */
  stateName: string | null;
  /** `pid 4711, uptime 0:00:05`, or when or why it ended. */
  description: string | null;
  /** The latest ends that supervisord's main log tells of, oldest first. */
  ends: readonly ProcessEnd[];
}

/**
 * Asks supervisord's XML-RPC for a process, and for the end of its main log where the process has ended before: one that
 * is restarted on its own, which is the default, is started again before its EXITED leaves supervisord, and its exit
 * status is then 0 (supervisor's `Subprocess.spawn`). Only the log still knows it.
 * @param name `group:process`
 * @returns null on any fault, or when nothing is known within `timeoutMillis`
 */
export async function readProcessInfo(
  serverUrl: string,
  credentials: Credentials | null,
  name: string,
  timeoutMillis: number,
): Promise<ProcessInfo | null> {
  const server = { url: serverUrl, credentials };
  const signal = AbortSignal.timeout(timeoutMillis);
  try {
    const members = readStruct(await callRpc(server, 'supervisor.getProcessInfo', [name], signal));
    if (members === null) return null;
    const info = infoOf(members);
    if (info.stoppedAtMillis === null) return info;
    // Where the log can't be read (none is written, or not in UTF-8 from where its end begins), the rest still counts.
    const log = await callRpc(server, 'supervisor.readLog', [-LOG_TAIL_BYTES, 0], signal).catch(() => '');
    return { ...info, ends: endsIn(readString(log) ?? '', members.get('name') ?? '') };
  } catch {
    return null;
  }
}

function infoOf(members: Map<string, string>): ProcessInfo {
  return {
    exitStatus: wholeNumber(members.get('exitstatus')),
    startedAtMillis: timeOf(members.get('start')),
    stoppedAtMillis: timeOf(members.get('stop')),
    nowMillis: timeOf(members.get('now')),
    spawnError: members.get('spawnerr') || null,
    stateName: members.get('statename') || null,
    description: members.get('description') || null,
    ends: [],
  };
}

/** Seconds, 0 for never. */
function timeOf(text: string | undefined): number | null {
  const seconds = wholeNumber(text);
  return seconds === null || seconds <= 0 ? null : seconds * 1000;
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,12}$/.test(text) ? Number(text) : null;
}
