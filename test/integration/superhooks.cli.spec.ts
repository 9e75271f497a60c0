import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HOOKTIDE, killListeners, runCommand, spoolFolder, spoolIn, SUPERHOOKS } from '../setup/superhooks.js';

afterEach(killListeners);

const SUPERVISORD = { SUPERVISOR_SERVER_URL: 'unix:///nowhere/supervisor.sock' };
const GOOD = ['-u', 'http://127.0.0.1:9/', '-e', 'EXITED'];

describe.each([
  ['superhooks', SUPERHOOKS, []],
  ['hooktide superhooks', HOOKTIDE, ['superhooks']],
])('%s', (_, script, before) => {
  const run = (args: string[], env: Record<string, string> = SUPERVISORD) =>
    runCommand(script, [...before, ...args], env);

  it('shows its help on stdout: with 0 when asked, with 1 when -u or -e is missing or empty', async () => {
    const asked = await run(['--help'], {});
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(asked.stdout).toMatch(/^Usage: superhooks \[options\]\n/);
    for (const args of [[], ['-u', 'http://h'], ['-e', 'EXITED'], ['-u', '', '-e', 'EXITED']]) {
      expect(await run(args, {})).toEqual({ ...asked, exitCode: 1 });
    }
  });

  it('refuses an unknown option with usage and error on stderr, and 2', async () => {
    expect(await run(['-i', '1'])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'Usage: superhooks [options]\n\nsuperhooks: error: no such option: -i\n',
    });
  });

  it('refuses to run without a supervisord that can be asked, with 1', async () => {
    const { exitCode, stdout, stderr } = await run(GOOD, {});
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^Must run as a supervisor event listener\n.*\[unix_http_server\].*\n$/);
  });

  it('refuses a bad url at the start, with 2', async () => {
    const { exitCode, stdout, stderr } = await run(['-u', 'localhost:8090', '-e', 'EXITED']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toBe(
      'superhooks: error: -u: localhost:8090 is no URL: write http://host/path or https://host/path\n',
    );
  });
});

const superhooks = (args: string[], env: Record<string, string> = {}) =>
  runCommand(SUPERHOOKS, args, { ...SUPERVISORD, ...env });

describe('superhooks', () => {
  it('writes READY alone on stdout, says on stderr where events wait, and ends with its stdin, with 0', async () => {
    const folder = spoolFolder();
    const { exitCode, stdout, stderr } = await superhooks([...GOOD, '--spool', folder, 'RUNNING']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'READY\n' });
    expect(stderr).toMatch(/^superhooks: ignored, as no option stands before it: RUNNING\. To name several/);
    expect(stderr).toContain(`superhooks: events go to http://127.0.0.1:9; waiting in ${folder}/`);
  });

  it('keeps password and path of the url to itself', async () => {
    const { stderr } = await superhooks([
      '-u',
      'http://me:secret@127.0.0.1:9/',
      '-e',
      'EXITED',
      '--spool',
      spoolFolder(),
    ]);
    expect(stderr).toContain('events go to http://127.0.0.1:9; ');
    expect(stderr).not.toContain('secret');
  });

  it('ends with 1 when there is no place for the spool', async () => {
    const file = join(spoolFolder(), 'file');
    writeFileSync(file, '');
    const { exitCode, stdout, stderr } = await superhooks([...GOOD, '--spool', file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^There is no place for the spool: .*Name a folder with --spool=DIR\n$/);
  });

  it('ends with 1 when something else is in the place of the lock', async () => {
    const folder = spoolFolder();
    await superhooks([...GOOD, '--spool', folder]);
    writeFileSync(join(spoolIn(folder), 'lock'), '');
    const { exitCode, stderr } = await superhooks([...GOOD, '--spool', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^\S+\/lock is no lock of a listener: delete it, or name another --spool\n$/);
  });

  it('ends with 2 when its authorities can not be read', async () => {
    const { exitCode, stderr } = await superhooks(GOOD, { REQUESTS_CA_BUNDLE: '/nowhere/ca.pem' });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^superhooks: error: REQUESTS_CA_BUNDLE: ENOENT/);
  });
});

const hooktide = (...args: string[]) => runCommand(HOOKTIDE, args);

describe('hooktide', () => {
  it('lists its commands, and says its version', async () => {
    const { exitCode, stdout } = await hooktide('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: hooktide <command>[\s\S]*\n {2}superhooks {4}/);
    expect(await hooktide('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('refuses what is no command of it, with 2', async () => {
    expect(await hooktide('nope')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'hooktide has no command nope: hooktide --help lists them\n',
    });
    expect(await hooktide('constructor')).toMatchObject({ exitCode: 2 });
    expect(await hooktide()).toMatchObject({ exitCode: 2, stdout: '', stderr: (await hooktide('--help')).stdout });
  });
});
