import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { canary } from '../setup/canary.js';
import { runCli, type Ended } from '../setup/cli.js';

/** Each starts several processes one after the other, on whatever else the machine does. */
const SLOW_MILLIS = 120_000;
vi.setConfig({ testTimeout: SLOW_MILLIS });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hooktide-check-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes the file, and checks it from its folder. */
async function check(yaml: string, args: string[] = [], env: Record<string, string> = {}): Promise<Ended> {
  await writeFile(join(folder, 'config.yaml'), yaml);
  return runCli(['check-config', 'config.yaml', ...args], { cwd: folder, env });
}

it('says that a config is good, of a file, of the environment, and with none', async () => {
  const good = { code: 0, out: 'config.yaml: the config is good.\n', err: '' };
  expect(await check('server: { port: 1234 }')).toEqual(good);
  // A file that is named counts, and not the one of the environment.
  expect(await check('server: { port: 1234 }', [], { HOOKTIDE_CONFIG: '/nowhere.yaml' })).toEqual(good);
  const out = 'config/default.yaml and the environment: the config is good.\n';
  expect(await runCli(['check-config'], { env: { HOOKTIDE_SERVER_PORT: '1' } })).toEqual({ code: 0, out, err: '' });
});

it('says all that is wrong with values at once, each with its place, the reason and what to write', async () => {
  const { code, out, err } = await check('server:\n  port: 70000\nleaseMillis: soon\negress: { allow: [10/8] }\n', [], {
    HOOKTIDE_ROLES: 'api,dispatcher',
  });
  expect([code, out]).toEqual([2, '']);
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^Error: config\.yaml:2: server\.port is 70000: write a port from 0 .+\.$/),
    expect.stringMatching(/^Error: HOOKTIDE_ROLES: roles\[1\] is "dispatcher": write api or dispatch\.$/),
    expect.stringMatching(/^Error: config\.yaml:4: egress\.allow\[0\] is "10\/8": write an address or a CIDR/),
    expect.stringMatching(/^Error: config\.yaml:3: leaseMillis is "soon": write a whole number of milliseconds/),
  ]);
});

it('names the nearest key, and warns of those of Singularity', async () => {
  const typo = await check('server: { prot: 1 }\nmesos: { master: x }\ndatabse: { url: x }\n');
  expect([typo.code, typo.err]).toEqual([
    2,
    'Error: config.yaml:1: server.prot is no key of Hooktide. The nearest one is server.port.\n' +
      'Error: config.yaml:3: databse.url is no key of Hooktide. The nearest one is database.url.\n',
  ]);
  const foreign = await check('mesos: { master: x }\n');
  expect([foreign.code, foreign.out]).toEqual([0, 'config.yaml: the config is good.\n']);
  expect(foreign.err).toBe('Warning: Keys that only Singularity has a use for are ignored: mesos.\n');
});

it.each([
  ['no keys in a file of keys', 'secrets: { keysFile: text }', /^Error: secrets\.keys, or the file/],
  ['no keys that sign', 'signing: { keysFile: text }', /^Error: signing\.keys, or the file/],
  ['a secret file that is missing', 'secrets: { keysFile: gone }', /secrets\.keysFile names a file that can't be read/],
  ['a token file that is missing', 'auth: { tokenFile: gone }', /auth\.tokenFile names a file that can't be read/],
  [
    'no name of a topic',
    'webhookQueue: { snsTopics: { TASK: a b } }',
    /^Error: webhookQueue\.snsTopics\.TASK is "a b"/,
  ],
  ['an issuer without an audience', 'auth: { jwt: [{ issuer: "https://a" }] }', /auth\.jwt\[0\]\.audience is missing/],
  ['an address for all without a token', 'server: { host: 0.0.0.0 }', /and no token is asked for/],
  ['no YAML', 'a: [', /^Error: config\.yaml:1:\d+: this is no valid YAML/],
])('refuses what a start refuses: %s', async (_, yaml, problem) => {
  await writeFile(join(folder, 'text'), 'a passphrase\n');
  const { code, out, err } = await check(yaml);
  expect([code, out, err]).toEqual([2, '', expect.stringMatching(problem)]);
});

it('says what files hold that is wrong in several places', async () => {
  await writeFile(join(folder, 'text'), 'a passphrase\n');
  const yaml = 'secrets: { keysFile: text }\nsigning: { keysFile: text }\nwebhookQueue: { snsTopics: { TASK: a b } }';
  const { code, out, err } = await check(yaml, ['--json']);
  const said = JSON.parse(out) as { isGood: boolean; file: string; problems: string[] };
  expect([code, err, said.isGood, said.file]).toEqual([2, '', false, join(folder, 'config.yaml')]);
  const keys = said.problems.map((problem) => /^[\w.]+/.exec(problem)?.[0]);
  expect(keys).toEqual(['secrets.keys', 'signing.keys', 'webhookQueue.snsTopics.TASK']);
});

it('prints what counts with its origin, and nothing that is secret', async () => {
  const secret = canary('password');
  await writeFile(join(folder, 'secret'), secret);
  const yaml = `
database: { url: "postgres://me:${secret}@db/x", maxConnections: 3 }
egress:
  allow: [10.0.0.0/8]
  proxy: http://me:${secret}@proxy:3128
hookSlinger: { apiTokenFile: secret }
webhookQueue: { awsAccessKey: AKIA, awsSecretKey: ${secret}, awsEndpoint: "http://me:${secret}@127.0.0.1:1/" }
`;
  const { code, out, err } = await check(yaml, ['--print'], { HOOKTIDE_SERVER_PORT: '1234' });
  expect([code, err]).toEqual([0, '']);
  expect(parse(out)).toMatchObject({
    server: { host: '127.0.0.1', port: 1234 },
    database: { url: '***', urlFile: null, maxConnections: 3 },
    egress: { allow: ['10.0.0.0/8'], proxy: '***' },
    hookSlinger: { apiToken: null, apiTokenFile: 'secret' },
    webhookQueue: { awsAccessKey: '***', awsSecretKey: '***', awsEndpoint: 'http://***@127.0.0.1:1/' },
    leaseMillis: 30_000,
  });
  expect(out).toContain('  port: 1234 # HOOKTIDE_SERVER_PORT\n');
  expect(out).toContain('  maxConnections: 3 # config.yaml:2\n');
  expect(out).toContain('  # config.yaml:4\n  allow:\n    - 10.0.0.0/8\n');
  expect(out).toContain('leaseMillis: 30000\n');
  // What it prints is a config, but for what is secret.
  await writeFile(join(folder, 'printed.yaml'), out.replace(/^.*\*\*\*.*$/gm, ''));
  const { config } = loadConfig({ HOOKTIDE_CONFIG: 'printed.yaml' }, folder);
  expect([config.server.port, config.database.maxConnections, config.leaseMillis]).toEqual([1234, 3, 30_000]);
});

it('says how it is used', async () => {
  const help = await runCli(['check-config', '--help']);
  expect([help.code, help.out]).toEqual([0, expect.stringContaining('Usage: hooktide check-config [FILE]')]);
  for (const args of [['a', 'b'], ['--frobnicate']]) {
    const { code, out, err } = await runCli(['check-config', ...args]);
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(/hooktide check-config --help says more\.\n$/)]);
  }
});
