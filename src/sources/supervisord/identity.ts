import { createHash } from 'node:crypto';
import type { Boot } from './event.js';

/** Of a name in an id, in bytes of UTF-8: a task id holds three of them, and no id may be longer than 800 bytes. */
const MAX_NAME_BYTES = 180;
/** Of what is left of a name that is longer, before the digest that tells it from others. */
const KEPT_CHARACTERS = 40;
const DIGEST_DIGITS = 12;

/** An id as Singularity has it; `id` is put together from the others (contract of its webhooks, §3). */
export interface TaskId {
  requestId: string;
  deployId: string;
  /** Epoch milliseconds. */
  startedAt: number;
  instanceNo: number;
  host: string;
  sanitizedHost: string;
  sanitizedRackId: string;
  rackId: string;
  id: string;
}

/**
 * `supervisor_4711_5e0c1f0f6f0a`: one run of one supervisord, with its process id. The digest tells apart machines and
 * runs. No time is in it, as that of a start is another once the clock is set; no `-` is in it, so that a task id can be read from its end.
 */
export function deployIdOf(identifier: string, { host, pid, run }: Boot): string {
  const name = shortened(identifier)
    .replaceAll(/[^A-Za-z0-9_.]/gu, '_')
    .slice(0, KEPT_CHARACTERS + DIGEST_DIGITS + 1);
  return `${name}_${pid}_${digestOf(JSON.stringify([identifier, host, pid, run]))}`;
}

/** The group's name: an id has any characters, but not too many. */
export function requestIdOf(group: string): string {
  return shortened(group);
}

/** The process stands where Singularity has the rack: two processes of a group differ there, as two racks of a host do. */
export function rackIdOf(process: string): string {
  return sanitized(shortened(process));
}

/** `worker_03` is the third instance of its group; a name that doesn't end in a number is the first. */
export function instanceNoOf(process: string): number {
  const digits = /(?<!\d)\d{1,9}$/.exec(process)?.[0];
  return digits === undefined ? 1 : Number(digits);
}

export function taskIdOf(group: string, process: string, deployId: string, startedAt: number, boot: Boot): TaskId {
  const requestId = requestIdOf(group);
  const instanceNo = instanceNoOf(process);
  const host = sanitized(shortened(boot.host));
  const rackId = rackIdOf(process);
  const id = [requestId, deployId, startedAt, instanceNo, host, rackId].join('-');
  return { requestId, deployId, startedAt, instanceNo, host, sanitizedHost: host, sanitizedRackId: rackId, rackId, id };
}

/** Upstream writes `_` for `-` in hosts and racks. */
function sanitized(name: string): string {
  return name.replaceAll('-', '_');
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  return `${Array.from(name).slice(0, KEPT_CHARACTERS).join('')}~${digestOf(name)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_DIGITS);
}
