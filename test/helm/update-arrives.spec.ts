import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canary } from '../setup/canary.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { freePlace, runTest } from './pod.js';

const SCRIPT = readFileSync(new URL('../../helm/files/update-arrives.mjs', import.meta.url), 'utf8');

let hooktide: Hooktide;
let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hooktide-helm-'))));
afterEach(async () => {
  await hooktide.stop();
  await closeReceivers();
  rmSync(folder, { recursive: true });
});

const test = async (env: Record<string, string> = {}) =>
  await runTest(SCRIPT, { HOOKTIDE: hooktide.url, RECEIVER: await freePlace(), ...env });

const types = async () =>
  (await hooktide.sql<{ type: string }>('SELECT type FROM hooktide.webhook')).map(({ type }) => type);

it('finds that an update arrives, and leaves no webhook behind', async () => {
  hooktide = await startHooktide();
  const { said, code } = await test();
  expect(said).toContain('An update of type ELEVATED_ACCESS was accepted.\nIt arrived.\nThe webhook is deleted.');
  expect(code).toBe(0);
  expect(await types()).toEqual([]);
});

it('bears the token of its file', async () => {
  const token = canary('token');
  writeFileSync(join(folder, 'token'), `${token}\n`);
  hooktide = await startHooktide({ env: { AUTH_TOKEN_FILE: join(folder, 'token') } });
  expect(await test({ TOKEN_FILE: join(folder, 'token') })).toMatchObject({ code: 0 });
  const without = await test();
  expect(without.said).toMatch(/FAILED: .* was answered with 401/);
  expect(without.code).toBe(1);
});

it('disturbs nobody: it takes a type that no webhook is registered for, else a sample of its own', async () => {
  hooktide = await startHooktide();
  const other = await startReceiver();
  await hooktide.register(other.url, 'ELEVATED_ACCESS');
  expect((await test()).said).toContain('An update of type CRASHLOOP was accepted.');
  await hooktide.register(other.url, 'CRASHLOOP');
  await hooktide.register(other.url, 'REQUEST');
  const { said, code } = await test();
  expect(said).toContain('a sample is sent to this webhook alone.\nIt arrived.');
  expect(code).toBe(0);
  expect((await test({ GOES_TO_TOPICS: 'true' })).said).toContain('a sample is sent');
  // What comes next is the first that the others hear.
  await hooktide.post({ type: 'CRASHLOOP', payload: { requestId: 'web', deployId: '1', start: 1, type: 'OOM' } });
  expect((await other.waitFor(1)).map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([{ requestId: 'web' }]);
  expect(other.requests).toHaveLength(1);
  expect((await types()).toSorted()).toEqual(['CRASHLOOP', 'ELEVATED_ACCESS', 'REQUEST']);
});

it('says why an update can not arrive', async () => {
  hooktide = await startHooktide({ env: { EGRESS_ALLOW: '' } });
  const { said, code } = await test();
  expect(said).toMatch(/FAILED: POST \/api\/webhooks was answered with 400: .*loopback/);
  expect(code).toBe(1);
});

it('gives up a Hooktide that is not ready', async () => {
  hooktide = await startHooktide();
  const { said, code } = await test({ HOOKTIDE: await freePlace(), TEST_WITHIN_MILLIS: '500' });
  expect(said).toMatch(/FAILED: Not within 0.5 seconds: \/readyz answers. .*ECONNREFUSED/);
  expect(code).toBe(1);
});
