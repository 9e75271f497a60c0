import { describe, expect, it } from 'vitest';
import { HELP, OPTIONS } from './help.js';
import { OptionError, parseArguments } from './optparse.js';

const parse = (...args: string[]) => {
  const { values, positionals } = parseArguments(args, OPTIONS, 'help');
  return { ...Object.fromEntries(values), positionals };
};

describe('parseArguments', () => {
  it.each([
    [['-u', 'http://h', '-e', 'EXITED']],
    [['-uhttp://h', '-eEXITED']],
    [['--url=http://h', '--events=EXITED']],
    [['--url', 'http://h', '--events', 'EXITED']],
    [['--u=http://h', '--event=EXITED']],
    [['--u', 'http://h', '--e', 'EXITED']],
  ])('takes %j as optparse does', (args) => {
    expect(parse(...args)).toEqual({ url: ['http://h'], events: ['EXITED'], positionals: [] });
  });

  it('keeps the prefixes of the older options unique, whatever was added since', () => {
    expect(parse('--d', 'a^b', '--da=c^d', '--hea', 'p^q')).toEqual({
      data: ['a^b', 'c^d'],
      headers: ['p^q'],
      positionals: [],
    });
    expect(parse('--un', '--prog=a')).toEqual({ 'unexpected-only': [''], program: ['a'], positionals: [] });
  });

  it('takes whatever comes next for a value, and the rest of its value behind the first equals sign', () => {
    expect(parse('-d', '-x', '-e', '--', '--url=http://h?a=b')).toEqual({
      data: ['-x'],
      events: ['--'],
      url: ['http://h?a=b'],
      positionals: [],
    });
  });

  it('finds positionals anywhere, and only them behind two dashes', () => {
    expect(parse('a', '-u', 'x', '-', 'b', '--', '-i', '--url')).toEqual({
      url: ['x'],
      positionals: ['a', '-', 'b', '-i', '--url'],
    });
  });

  it('keeps empty values', () => {
    expect(parse('-u', '', '--events=')).toEqual({ url: [''], events: [''], positionals: [] });
  });

  it.each([
    [['-i', '1'], 'no such option: -i'],
    [['--nope=1'], 'no such option: --nope'],
    [['-u'], '-u option requires 1 argument'],
    [['--ur'], '--url option requires 1 argument'],
    [['--he'], 'ambiguous option: --he (--headers, --help?)'],
    [['--help=x'], '--help option does not take a value'],
    [['-xh'], 'no such option: -x'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(new OptionError(message));
  });

  it('stops at help, and sees what is wrong before it', () => {
    expect(parse('-h', '-i')).toMatchObject({ help: [''] });
    expect(parse('-hi')).toMatchObject({ help: [''] });
    expect(() => parse('-i', '-h')).toThrow('no such option: -i');
  });
});

describe('HELP', () => {
  it('names every option, those of superhooks first, in 80 columns', () => {
    const named = [...HELP.matchAll(/^ {2}(?:-\w.*, )?--([a-z-]+)/gm)].map(([, name = '']) => name);
    expect(named.slice(0, 4)).toEqual(['url', 'events', 'data', 'headers']);
    expect(new Set(named)).toEqual(new Set(OPTIONS.map(({ long }) => long)));
    expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
