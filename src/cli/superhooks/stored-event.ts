import type { Boot, SupervisorEvent } from '../../sources/supervisord/event.js';
import { readPayload } from '../../sources/supervisord/protocol.js';
import type { ProcessInfo } from '../../sources/supervisord/process-info.js';

/** An event as the spool has it: with all that is to be known for sending it. */
export interface StoredEvent {
  /** The same whenever the same event comes. */
  key: string;
  event: Omit<SupervisorEvent, 'fields' | 'data'>;
  boot: Boot;
  /** Epoch milliseconds. */
  receivedAtMillis: number;
  /** What supervisord said of the process when the event came; null: it wasn't asked, or didn't say. */
  info: ProcessInfo | null;
}

/** A process ends once or twice in what is read of the log; one that crashes at every start fills it. */
const MOST_ENDS = 8;

export function toStored(event: SupervisorEvent, facts: Omit<StoredEvent, 'key' | 'event'>): StoredEvent {
  const { name, identifier, serial, payload } = event;
  const { info } = facts;
  return {
    key: keyOf(event, facts.boot),
    event: { name, identifier, serial, payload },
    ...facts,
    info: info && { ...info, ends: info.ends.slice(-MOST_ENDS) },
  };
}

export function eventOf({ event }: StoredEvent): SupervisorEvent {
  return { ...event, ...readPayload(event.payload) };
}

/** One event has one key, however often it comes. The host is in it, as supervisord's identifier mostly is `supervisor`. */
export function keyOf({ identifier, serial }: SupervisorEvent, { host, pid, run }: Boot): string {
  return `${host}:${identifier}:${pid}:${run}:${serial}`;
}
