import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readProcessEvent } from './process-event.js';

interface Shown {
  eventname: string;
  header: { server: string; serial: string };
  payload: string;
  payload_tokens: Record<string, string>;
}
const shown = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/supervisor/events.json', import.meta.url), 'utf8'),
) as Shown[];

const read = ({ eventname, header, payload, payload_tokens: tokens }: Shown) =>
  readProcessEvent({
    name: eventname,
    identifier: header.server,
    serial: Number(header.serial),
    payload,
    fields: new Map(Object.entries(tokens)),
    data: null,
  });
const named = (eventname: string) => shown.find((event) => event.eventname === eventname)!;

describe('An event of supervisord', () => {
  it('is about a process when it is of its state', () => {
    const about = shown.filter((event) => read(event) !== null).map(({ eventname }) => eventname);
    expect(about).toEqual(
      shown.map(({ eventname }) => eventname).filter((eventname) => eventname.startsWith('PROCESS_STATE_')),
    );
    expect(about).toHaveLength(8);
  });

  it('says which process, and what its kind of event says', () => {
    expect(read(named('PROCESS_STATE_EXITED'))).toEqual({
      state: 'EXITED',
      serial: 80,
      group: 'cat',
      process: 'meow',
      from: 'RUNNING',
      pid: 21797,
      tries: 0,
      expected: false,
    });
    expect(read(named('PROCESS_STATE_BACKOFF'))).toMatchObject({ state: 'BACKOFF', pid: null, tries: 1 });
  });

  it('has no pid where supervisord says 0, as for a process that was stopped between two tries', () => {
    const stopped = named('PROCESS_STATE_STOPPED');
    expect(read({ ...stopped, payload_tokens: { ...stopped.payload_tokens, pid: '0' } })).toMatchObject({ pid: null });
  });

  it('is about nothing when it names no process, and about a group of the same name when it names no group', () => {
    const exited = named('PROCESS_STATE_EXITED');
    expect(read({ ...exited, payload_tokens: { groupname: 'cat' } })).toBeNull();
    expect(read({ ...exited, payload_tokens: { processname: 'meow', groupname: '' } })).toMatchObject({
      group: 'meow',
      from: 'UNKNOWN',
    });
  });
});
