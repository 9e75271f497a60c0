import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SupervisorEvent } from './event.js';
import { EventReader, ProtocolError } from './protocol.js';

interface Recorded {
  eventname: string;
  header: Record<string, string>;
  payload: string;
  payload_tokens: Record<string, string>;
  payload_data: string | null;
  raw_base64: string;
}

const recorded = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/supervisor/events.json', import.meta.url), 'utf8'),
) as Recorded[];

const header = (tokens: Record<string, string | number>) =>
  Object.entries({ ver: '3.0', server: 'supervisor', serial: 7, pool: 'p', poolserial: 0, eventname: 'X', ...tokens })
    .map(([key, value]) => `${key}:${value}`)
    .join(' ');

function readAll(reader: EventReader): SupervisorEvent[] {
  const events: SupervisorEvent[] = [];
  for (let event = reader.next(); event; event = reader.next()) events.push(event);
  return events;
}

function readIn(pieces: Uint8Array[]): SupervisorEvent[] {
  const reader = new EventReader();
  return pieces.flatMap((piece) => {
    reader.push(piece);
    return readAll(reader);
  });
}

const expectedOf = ({ header, payload, payload_tokens, payload_data, eventname }: Recorded) => ({
  name: eventname,
  identifier: header['server'],
  serial: Number(header['serial']),
  payload,
  fields: new Map(Object.entries(payload_tokens)),
  data: payload_data,
});

describe('EventReader', () => {
  it.each(recorded.map((event) => [`${event.eventname} ${event.raw_base64.length}`, event] as const))(
    'reads a recorded %s, byte by byte and at once',
    (_, event) => {
      const raw = Buffer.from(event.raw_base64, 'base64');
      expect(readIn([raw])).toEqual([expectedOf(event)]);
      expect(readIn([...raw].map((byte) => Uint8Array.of(byte)))).toEqual([expectedOf(event)]);
    },
  );

  it('reads one event after another out of one piece', () => {
    const all = Buffer.concat(recorded.map((event) => Buffer.from(event.raw_base64, 'base64')));
    expect(readIn([all])).toEqual(recorded.map(expectedOf));
  });

  it('counts code points, and waits for the last byte of the last one', () => {
    const raw = Buffer.from(`${header({ len: 5 })}\na:é€😀`);
    const reader = new EventReader();
    reader.push(raw.subarray(0, -1));
    expect(reader.next()).toBeNull();
    reader.push(raw.subarray(-1));
    expect(reader.next()?.payload).toBe('a:é€😀');
  });

  it('tells when a peer that counts bytes may have sent everything', () => {
    const payload = 'processname:müsli';
    const reader = new EventReader();
    reader.push(Buffer.from(`${header({ len: Buffer.byteLength(payload) })}\n`));
    expect(reader.next()).toBeNull();
    expect(reader.isWholeInBytes).toBe(false);
    reader.push(Buffer.from(payload));
    expect(reader.next()).toBeNull();
    expect(reader.isWholeInBytes).toBe(true);
    expect(reader.takeBytes()?.fields.get('processname')).toBe('müsli');
    reader.push(Buffer.from(`${header({ len: 1 })}\nx`));
    expect(reader.next()?.payload).toBe('x');
  });

  it('keeps colons, semicolons and blanks in values, and takes the tokens of a header in any order', () => {
    const reader = new EventReader();
    const line = `len:28 eventname:PROCESS_STATE_FATAL serial:3 server:my box pool:p:1 poolserial:9 ver:3.0`;
    reader.push(Buffer.from(`${line}\nprocessname:a:b;c groupname:g`));
    const event = reader.next();
    expect(event).toMatchObject({ identifier: 'my box', serial: 3, name: 'PROCESS_STATE_FATAL' });
    expect(event?.fields.get('processname')).toBe('a:b;c');
  });

  it.each(['hello', header({ len: 'x' }), header({ serial: '', len: 1 }), 'ver:3.0 serial:1 len:0', ''])(
    'refuses %j as a header',
    (line) => {
      expect(() => readIn([Buffer.from(`${line}\n`)])).toThrow(ProtocolError);
    },
  );

  it('refuses a header that has no end', () => {
    expect(() => readIn([Buffer.alloc(65_537, 'x')])).toThrow(ProtocolError);
    expect(readIn([Buffer.alloc(65_536, 'x')])).toEqual([]);
  });
});
