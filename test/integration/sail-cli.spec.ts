import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import rest from '../fixtures/sail/rest-api.json' with { type: 'json' };
import { runCli, type Ended } from '../setup/cli.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';

const TOKEN = 'correct-horse';
const HOOK = 'http://www.endpoint.com/hook';

let hooktide: Hooktide;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hooktide-sail-cli-'));
  await writeFile(join(folder, 'token'), TOKEN, { mode: 0o600 });
  hooktide = await startHooktide({ env: { ROLES: 'api', AUTH_TOKEN_FILE: join(folder, 'token') } });
});
afterAll(async () => {
  await hooktide.stop();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const table of ['webhook', 'lane']) await hooktide.sql(`DELETE FROM hooktide.${table}`);
  await closeReceivers();
});

/** What sail's users have set. */
const sailEnv = () => ({ SAIL_HOST: hooktide.url, SAIL_USER: 'toto', SAIL_PASSWORD: TOKEN });

const run = (args: string[], env: Record<string, string> = sailEnv()): Promise<Ended> => runCli(args, { env });
const done = (out: string): Ended => ({ code: 0, out, err: '' });

describe('hooktide application webhook', () => {
  it('adds, lists and deletes as sail did, and prints what sail printed', async () => {
    expect(await run(['application', 'webhook', 'list'])).toEqual(done('[]\n'));
    const example = rest.webhooks[0];
    for (const { url } of example?.response_example ?? [])
      expect(await run(['application', 'webhook', 'add', url])).toEqual(done(`url: ${url}\n`));
    expect(await run(['application', 'webhook', 'list'])).toEqual(done(example?.pretty_output ?? ''));
    for (const { url } of example?.response_example ?? [])
      expect(await run(['application', 'webhook', 'delete', url])).toEqual(done(`url: ${url}\n`));
    expect(await run(['application', 'webhook', 'list'])).toEqual(done('[]\n'));
  });

  it('goes by the names that sail had, and by the application that is named', async () => {
    const url = 'http://u:p%40@h/x?a=b&c=d%2Fe#f';
    await run(['a', 'webhook', 'add', 'dev el', url]);
    await run(['app', 'webhook', 'add', 'dev el', HOOK]);
    expect(await run(['apps', 'webhook', 'ls', 'dev el'])).toEqual(done(`- url: ${url}\n- url: ${HOOK}\n`));
    expect(await run(['applications', 'list'])).toEqual(done('- dev el\n'));
    expect(await run(['application', 'webhook', 'rm', 'dev el', url])).toEqual(done(`url: ${url}\n`));
    expect((await run(['application', 'webhook', 'del', 'dev el', HOOK])).code).toBe(0);
    expect(await run(['application', 'ls'])).toEqual(done('[]\n'));
  });

  it.each([
    ['json', `[\n  {\n    "url": "${HOOK}"\n  }\n]\n`],
    ['yaml', `- url: ${HOOK}\n`],
    ['pretty', `- url: ${HOOK}\n`],
  ])('prints as %s', async (format, out) => {
    await run(['a', 'webhook', 'add', HOOK]);
    expect(await run(['a', 'webhook', 'ls', '-f', format])).toEqual(done(out));
    expect(await run(['a', '--format', format, 'webhook', 'ls', 'toto'])).toEqual(done(out));
  });

  it.each([
    [
      ['a', 'webhook', 'add', 'mail://ovh.com/my-mail-sink'],
      'Error: url: The uri is not absolute: write it from http:// or https:// on',
    ],
    [
      ['a', 'webhook', 'add', 'http://10.0.0.5/x'],
      'Error: url: The host is 10.0.0.5, which egress refuses: private (RFC 1918)',
    ],
    [
      ['a', 'webhook', 'rm', HOOK],
      'Error: The application toto has no such webhook: GET /v1/applications/toto/hook lists them all',
    ],
    [['a', 'webhook', 'ls', 'web-*'], 'Error: application holds a *: no name of an application does'],
  ])('says why it failed: %j', async (args, problem) => {
    expect(await run(args)).toEqual({ code: 1, out: '', err: `${problem}\n` });
  });

  it.each([
    [['a']],
    [['a', 'webhook']],
    [['a', 'webhook', 'frobnicate']],
    [['a', 'webhook', 'add']],
    [['a', 'webhook', 'add', 'toto', HOOK, 'more']],
    [['a', 'webhook', 'ls', 'toto', 'more']],
    [['a', 'webhook', 'ls', 'a/b']],
    [['a', 'webhook', 'ls', '--frobnicate']],
    [['a', 'webhook', 'ls', '-f', 'xml']],
    [['a', 'webhook', 'ls', '-H', 'http://']],
  ])('is misused by %j', async (args) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^Error: .+\n$/);
  });

  it('says how it is used', async () => {
    const { code, out } = await run(['application', '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('application webhook delete [APPLICATION] URL')]);
    expect((await run(['--help'])).out).toMatch(/^ {2}application {2,}/m);
  });
});

describe('the server', () => {
  const list = ['a', 'webhook', 'ls'];

  it.each<[string, (url: string) => Record<string, string>, (url: string) => string[]]>([
    [
      'HOOKTIDE_URL and HOOKTIDE_TOKEN',
      (url) => ({ HOOKTIDE_URL: `${url}/`, HOOKTIDE_TOKEN: TOKEN, SAIL_USER: 'toto' }),
      () => [],
    ],
    ['SAIL_HOST with its /v1', (url) => ({ ...sailEnv(), SAIL_HOST: `${url}/v1` }), () => []],
    ['SAIL_HOST without a scheme', (url) => ({ ...sailEnv(), SAIL_HOST: url.replace('http://', '') }), () => []],
    ["sail's options", () => ({}), (url) => ['-H', url, '-U', 'toto', '-P', TOKEN]],
    ["sail's options by their names", () => ({}), (url) => ['--host', url, '--username', 'toto', '--password', TOKEN]],
    [
      'options in lower case, before the environment',
      () => ({ ...sailEnv(), SAIL_HOST: 'http://127.0.0.1:1', SAIL_USER: 'x' }),
      (url) => ['-H', url, '-u', 'toto', '-p', TOKEN],
    ],
  ])('is found by %s', async (_, env, options) => {
    await run(['a', 'webhook', 'add', 'toto', HOOK]);
    expect(await run([...list, ...options(hooktide.url)], env(hooktide.url))).toEqual(done(`- url: ${HOOK}\n`));
  });

  it('is told who calls', async () => {
    const wrong = await run(list, { ...sailEnv(), SAIL_PASSWORD: 'wrong' });
    expect(wrong).toEqual({ code: 1, out: '', err: 'Error: Unable to authenticate using methods: [token]\n' });
    const nobody = await run(list, { HOOKTIDE_URL: hooktide.url, HOOKTIDE_TOKEN: TOKEN });
    expect(nobody).toMatchObject({ code: 1, err: expect.stringMatching(/^Error: user is missing: /) as string });
  });

  it('that is away, or is no Hooktide, is said to be', async () => {
    const away = await run(list, { ...sailEnv(), SAIL_HOST: 'http://127.0.0.1:9' });
    expect(away).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Error: no answer from http:\/\/127.0.0.1:9: /) as string,
    });
    const page = await startReceiver(answers(200, {}, '<html>'));
    const other = await run(list, { ...sailEnv(), SAIL_HOST: page.url });
    expect(other).toEqual({
      code: 1,
      out: '',
      err: 'Error: the server answered with something that is no JSON: is it a Hooktide?\n',
    });
  });

  it.each([
    ['{"message":"out of order"}', 'out of order'],
    ['{"error":409,"error_status":"Conflict","error_details":"there is one"}', 'there is one'],
    ['"just a text"', 'just a text'],
    ['{}', 'the server answered 409'],
  ])('that refuses with %s is quoted', async (body, problem) => {
    const server = await startReceiver(answers(409, { 'Content-Type': 'application/json' }, body));
    const ended = await run(['a', 'webhook', 'ls', 'toto'], { ...sailEnv(), SAIL_HOST: server.url });
    expect(ended).toEqual({ code: 1, out: '', err: `Error: ${problem}\n` });
  });

  it("gets the calls of sail's command line", async () => {
    const server = await startReceiver(answers(200, { 'Content-Type': 'application/json' }, '{"name":"toto"}'));
    const env = { ...sailEnv(), SAIL_HOST: server.url };
    await run(['a', 'webhook', 'rm', HOOK], env);
    await run(['a', 'webhook', 'add', 'toto', HOOK], env);
    const [users, removed, added] = server.requests;
    expect(users).toMatchObject({ method: 'GET', path: '/v1/users' });
    expect(removed).toMatchObject({
      method: 'DELETE',
      path: `/v1/applications/toto/hook?${rest.webhooks[2]?.query_raw}`,
      headers: { authorization: `Basic ${Buffer.from(`toto:${TOKEN}`).toString('base64')}` },
    });
    expect(added).toMatchObject({
      method: 'POST',
      path: '/v1/applications/toto/hook',
      body: JSON.stringify({ url: HOOK }),
    });
    expect(added?.headers['content-type']).toBe('application/json');
  });
});
