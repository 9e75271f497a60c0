import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldsOf, lineOf, toForm } from './fields.js';
import { readPairs } from './pairs.js';
import { eventOf, type StoredEvent } from './stored-event.js';

interface Vector {
  event: string;
  payload: string;
  data_option: string | null;
  requests: Array<{ form: Record<string, string>; body: string }>;
  stderr: string;
}

const vectors = (
  JSON.parse(
    readFileSync(new URL('../../../test/fixtures/superhooks/cli-and-body-vectors.json', import.meta.url), 'utf8'),
  ) as Vector[]
).filter(({ requests }) => requests.length > 0);

const stored = (name: string, payload: string): StoredEvent => ({
  key: 'web1:supervisor:1:a.1:7',
  event: { name, identifier: 'supervisor', serial: 7, payload },
  boot: { host: 'web1', pid: 1, run: 'a.1' },
  receivedAtMillis: Date.UTC(2026, 10, 22, 7, 35),
  info: null,
});

const plain = { with: [], name: null, data: new Map<string, string>() };
const EXITED = 'processname:meow groupname:cat from_state:RUNNING expected:0 pid:1';

describe('the form', () => {
  it.each(vectors.map((vector) => [vector.data_option, vector] as const))(
    'is byte for byte that of superhooks with -d %j',
    (_, { event, payload, data_option, requests, stderr }) => {
      const record = stored(event, payload);
      const fields = fieldsOf(record, { ...plain, data: readPairs(data_option ?? '').pairs });
      expect([...fields]).toEqual(Object.entries(requests[0]?.form ?? {}));
      expect(toForm(fields)).toBe(requests[0]?.body);
      expect(`${lineOf(eventOf(record))}\n`).toBe(stderr);
    },
  );

  it('escapes what Python escapes, and leaves what Python leaves', () => {
    const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => index + 32));
    expect(toForm(new Map([['', ascii]]))).toBe(
      '=+%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ' +
        '%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~',
    );
    expect(toForm(new Map([['é', '😀\n']]))).toBe('%C3%A9=%F0%9F%98%80%0A');
  });

  it('dumps the params of values that are exactly dump_params, wherever the key stands', () => {
    const { pairs } = readPairs('dump_params^x^^t^dump_params^^u^Dump_params^^pheaders_all^dump_params');
    const fields = fieldsOf(stored('PROCESS_STATE_EXITED', EXITED), { ...plain, data: pairs });
    const dump = 'PROCESS_STATE_EXITED\nprocessname: meow\ngroupname: cat\nfrom_state: RUNNING\nexpected: 0\npid: 1\n';
    expect([...fields].slice(3)).toEqual([
      ['pheaders_all', dump],
      ['dump_params', 'x'],
      ['t', dump],
      ['u', 'Dump_params'],
    ]);
  });

  it('adds what --with and --name ask for, and lets -d replace it', () => {
    const fields = fieldsOf(stored('PROCESS_STATE_EXITED', EXITED), {
      name: 'eu',
      with: ['host', 'time', 'server', 'id'],
      data: new Map([['server', 'mine']]),
    });
    expect(Object.fromEntries(fields)).toMatchObject({
      process_name: 'eu/cat:meow',
      host: 'web1',
      time: '2026-11-22T07:35:00.000Z',
      server: 'mine',
      id: 'web1:supervisor:1:a.1:7',
    });
  });

  it('keeps colons and semicolons of values, and leaves empty what a payload lacks', () => {
    const fields = fieldsOf(stored('PROCESS_STATE_FATAL', 'processname:a:b;c x:y'), plain);
    expect([...fields.values()]).toEqual([':a:b;c', '', 'PROCESS_STATE_FATAL', 'processname:a:b;c x:y ']);
  });
});
