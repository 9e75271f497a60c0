import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../setup/database.js';
import { asJson, send } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { requestUpdate } from '../setup/updates.js';

const TOKEN = 'correct-horse';

describe('with a token', () => {
  let hooktide: Hooktide;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hooktide-auth-'));
    await writeFile(join(folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
    hooktide = await startHooktide({ env: { AUTH_TOKEN_FILE: join(folder, 'token') } });
  });
  afterAll(async () => {
    await hooktide.stop();
    await rm(folder, { recursive: true });
  });

  const call = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    send(hooktide.url, { method, path, headers: { ...asJson, ...headers }, body });
  const webhook = '{"uri":"http://h/","type":"REQUEST"}';
  const update = JSON.stringify(requestUpdate('r'));

  const compat: [string, string, string?][] = [
    ['GET', '/api/webhooks'],
    ['GET', '/singularity/api/webhooks'],
    ['GET', '/API/webhooks/'],
    ['GET', '/api/webhooks/summary'],
    ['POST', '/api/webhooks', webhook],
    ['DELETE', '/api/webhooks?webhookId=x'],
    ['DELETE', '/api/webhooks/x'],
    ['GET', '/api/webhooks/request?webhookId=x'],
    ['GET', '/api/webhooks/deploy/x'],
    ['GET', '/api/webhooks/task/x'],
    ['GET', '/api/webhooks/elevated-access'],
    ['GET', '/api/disasters/disabled-actions'],
    ['POST', '/api/disasters/disabled-actions/ADD_WEBHOOK'],
    ['DELETE', '/singularity/api/disasters/disabled-actions/ADD_WEBHOOK'],
  ];
  it.each(compat)("turns away, in Singularity's words, who has none: %s %s", async (method, path, body) => {
    for (const headers of [{}, { Authorization: 'Bearer wrong' }] as Record<string, string>[]) {
      const answer = await call(method, path, headers, body);
      expect(answer.status).toBe(401);
      expect(answer.headers['content-type']).toBe('text/plain');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.text).toBe('Unable to authenticate using methods: [token]');
    }
  });

  const own: [string, string, string?][] = [
    ['POST', '/api/updates', update],
    ['POST', '/singularity/api/updates/', update],
    ['POST', '/api/updates', '{'],
    ['GET', '/api/dead-letters'],
    ['GET', '/api/webhooks/x'],
    ['PATCH', '/api/webhooks/x', '{}'],
    ['POST', '/api/webhooks/x/pause'],
    ['POST', '/singularity/api/webhooks/x/resume'],
  ];
  it.each(own)('turns away, by a problem document, who has none: %s %s', async (method, path, body) => {
    const answer = await call(method, path, {}, body);
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.text)).toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('lets in who has it', async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    expect((await call('POST', '/api/webhooks', headers, webhook)).text).toBe('"CREATED"');
    expect((await call('GET', '/singularity/api/webhooks', headers)).status).toBe(200);
    expect((await call('POST', '/api/updates', headers, update)).status).toBe(202);
    expect((await call('GET', '/api/dead-letters', headers)).status).toBe(200);
  });

  it.each(['/healthz', '/readyz'])('leaves %s open', async (path) => {
    expect((await call('GET', path)).status).toBe(200);
  });

  it('stores nothing of what it turned away', async () => {
    const before = await hooktide.sql('SELECT count(*) FROM hooktide.update');
    await call('POST', '/api/updates', {}, update);
    expect(await hooktide.sql('SELECT count(*) FROM hooktide.update')).toEqual(before);
  });
});

describe('without a token', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'hooktide.internal'])('no service starts on %s', async (host) => {
    const database = await createTestDatabase();
    const starting = startHooktide({ env: { SERVER_HOST: host }, database });
    await expect(starting).rejects.toMatchObject({ code: 'bad_config', key: 'auth.tokenFile' });
    await database.drop();
  });
});
