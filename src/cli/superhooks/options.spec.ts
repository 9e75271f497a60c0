import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ExitError } from '../exit-error.js';
import { readOptions, type Options } from './options.js';

const URL_ARGS = ['-u', 'http://h/x'];

function read(...args: string[]): Options {
  const options = readOptions(args);
  if ('help' in options) throw new Error('It shows help');
  return options;
}

const exitOf = (...args: string[]) => {
  try {
    const options = readOptions(args);
    return 'help' in options ? options.exitCode : null;
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return `${error.exitCode} ${error.message}`;
  }
};

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/superhooks/events-option-vectors.json', import.meta.url), 'utf8'),
) as Array<{ events_option: string; subscribed: string[] }>;

describe('readOptions: -e', () => {
  it.each(vectors.map(({ events_option, subscribed }) => [events_option, subscribed] as const))(
    'has %j subscribe to all that superhooks took of it',
    (text, subscribed) => {
      const { wanted } = read(...URL_ARGS, '-e', text);
      expect([...wanted.events].slice(0, subscribed.length)).toEqual(subscribed);
    },
  );

  it.each([
    ['EXITED', ['EXITED'], 0],
    ['EXITED,,FATAL,', ['EXITED', 'FATAL'], 0],
    ['EXITED,EXITED', ['EXITED'], 0],
    ['STARTING, RUNNING', ['STARTING', 'RUNNING'], 1],
    ['exited', ['EXITED'], 1],
    ['PROCESS_STATE_EXITED', ['EXITED'], 1],
    [' process_state_fatal ', ['FATAL'], 1],
    ['EXITED;FATAL', ['EXITED', 'FATAL'], 2],
    ['EXITED,TICK_60', ['EXITED'], 1],
  ])('takes %j as it is meant, and says so where superhooks would have passed over it', (text, states, remarks) => {
    const options = read(...URL_ARGS, '-e', text);
    expect([...options.wanted.events]).toEqual(states.map((state) => `PROCESS_STATE_${state}`));
    expect(options.remarks).toHaveLength(remarks);
  });

  it.each([
    ['EXITED,CRASHED, DIED', 'CRASHED, DIED: no such state'],
    [' ', 'no state is named'],
    [',', 'no state is named'],
    ['TICK_60', 'no state is named'],
  ])('refuses %j, and lists the states', (text, why) => {
    const states = 'STARTING, RUNNING, BACKOFF, STOPPING, EXITED, STOPPED, FATAL, UNKNOWN';
    expect(exitOf(...URL_ARGS, '-e', text)).toBe(`2 superhooks: error: -e: ${why}. There are ${states}`);
  });
});

describe('readOptions', () => {
  it.each([
    [[], 1],
    [['-u', 'http://h'], 1],
    [['-e', 'EXITED'], 1],
    [['-u', '', '-e', 'EXITED'], 1],
    [['-u', 'http://h', '-e', ''], 1],
    [['--help'], 0],
    [['-e', 'nonsense', '-h'], 0],
  ])('answers %j with help, and exit code %i', (args, exitCode) => {
    expect(exitOf(...args)).toBe(exitCode);
  });

  it('says that words without an option are ignored, and what was meant where they are states', () => {
    expect(read(...URL_ARGS, '-e', 'STARTING,', 'RUNNING').remarks).toEqual([
      'ignored, as no option stands before it: RUNNING. To name several states, quote them: -e "STARTING, RUNNING"',
    ]);
    expect(read(...URL_ARGS, '-e', 'EXITED', 'foo').remarks).toEqual(['ignored, as no option stands before it: foo']);
  });

  it('says which items of -d and -H are no pairs', () => {
    expect(read(...URL_ARGS, '-e', 'EXITED', '-d', 'a^b^^c', '-H', 'x').remarks).toEqual([
      '-d: c is left out, for an item is key^value',
      '-H: x is left out, for an item is name^value',
    ]);
  });

  it.each([
    [['-u', 'localhost:8090', '-e', 'EXITED'], /-u: localhost:8090 is no URL/],
    [['-u', 'ftp://h/x', '-e', 'EXITED'], /-u: .*write http:/],
    [[...URL_ARGS, '-e', 'EXITED', '-H', 'a b^c'], /-H: "a b" can't be the name of a header/],
    [[...URL_ARGS, '-e', 'EXITED', '-H', 'a^€'], /-H: the value of a /],
    [[...URL_ARGS, '-e', 'EXITED', '-H', 'Transfer-Encoding^chunked'], /-H: Transfer-Encoding belongs/],
    [[...URL_ARGS, '-e', 'EXITED', '--timeout', '0'], /--timeout: /],
    [[...URL_ARGS, '-e', 'EXITED', '--spool-limit', '9kB'], /--spool-limit: .*at least 10kB/],
    [[...URL_ARGS, '-e', 'EXITED', '--flush', 'tick5'], /--flush: "tick5" is none of now, tick60/],
    [[...URL_ARGS, '-e', 'EXITED', '--with', 'host,pid'], /--with: "pid" is none of/],
    [[...URL_ARGS, '-e', 'EXITED', '--token-file', 'f'], /--token-file belongs to --to/],
    [[...URL_ARGS, '--to', 'http://h'], /-u and --to exclude each other/],
    [['--to', 'http://h', '-H', 'a^b'], /-H has no meaning with --to: set headers on the webhooks/],
    [['--to', 'http://h', '--json'], /--json has no meaning with --to/],
    [['--to', ''], /--to: an empty text is no URL/],
    [['-i', '1'], /^2 Usage: superhooks \[options\]\n\nsuperhooks: error: no such option: -i$/],
  ])('refuses %j with exit code 2', (args, message) => {
    const exit = exitOf(...args);
    expect(exit).toMatch(/^2 /);
    expect(exit).toMatch(message);
  });

  it('reads the limits in their units', () => {
    const { timeoutMillis, spoolLimitBytes } = read(
      ...URL_ARGS,
      '-e',
      'EXITED',
      '--timeout=2.5',
      '--spool-limit=10 kB',
    );
    expect([timeoutMillis, spoolLimitBytes]).toEqual([2_500, 10_000]);
    expect(read(...URL_ARGS, '-e', 'EXITED')).toMatchObject({ timeoutMillis: 10_000, spoolLimitBytes: 100_000_000 });
  });

  it('keeps the names of headers as typed; of those that differ in case the later one wins', () => {
    const { target } = read(...URL_ARGS, '-e', 'EXITED', '-H', 'x-Token^1^^b^2^^X-TOKEN^3');
    expect(target).toMatchObject({
      headers: new Map([
        ['X-TOKEN', '3'],
        ['b', '2'],
      ]),
    });
  });

  it('tells a Hooktide of all states unless -e names some', () => {
    expect(read('--to', 'http://h').wanted.events.size).toBe(8);
    expect([...read('--to', 'http://h', '-e', 'FATAL').wanted.events]).toEqual(['PROCESS_STATE_FATAL']);
  });
});
