import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hooksOf } from '../setup/containers.js';
import { asJson, send } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { basic, call, errorOf } from '../setup/sail-calls.js';
import { requestUpdate } from '../setup/updates.js';

const URL = 'http://www.endpoint.com/hook';

describe('with a token', () => {
  const TOKEN = 'correct:horse';
  let locked: Hooktide;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hooktide-sail-'));
    await writeFile(join(folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
    locked = await startHooktide({ env: { ROLES: 'api', AUTH_TOKEN_FILE: join(folder, 'token') } });
  });
  afterAll(async () => {
    await locked.stop();
    await rm(folder, { recursive: true });
  });
  const ROUTES = [
    ['GET', '/v1/users'],
    ['GET', '/v1/applications'],
    ['GET', hooksOf('toto')],
    ['POST', hooksOf('toto')],
    ['DELETE', `${hooksOf('toto')}?url=${URL}`],
  ] as const;

  it.each(ROUTES)('%s %s asks for it as a password, whoever calls', async (method, path) => {
    const body = method === 'POST' ? JSON.stringify({ url: URL }) : undefined;
    for (const headers of [{}, basic('toto:wrong'), basic(`${TOKEN}:`), { Authorization: 'Basic' }]) {
      const { challenge, ...answer } = await call(locked.url, method, path, body, headers);
      expect(answer).toEqual(errorOf(401, 'Unauthorized', 'Unable to authenticate using methods: [token]'));
      expect(challenge).toBe('Basic realm="Hooktide", charset="UTF-8"');
    }
    const statuses = [];
    for (const headers of [basic(`toto:${TOKEN}`), basic(`other:${TOKEN}`)])
      statuses.push((await call(locked.url, method, path, body, headers)).status);
    expect(statuses).toEqual({ GET: [200, 200], POST: [201, 200], DELETE: [200, 404] }[method]);
  });

  it('takes it as it is elsewhere, too', async () => {
    const bearer = { Authorization: `Bearer ${TOKEN}` };
    expect(await call(locked.url, 'GET', hooksOf('toto'), undefined, bearer)).toMatchObject({ status: 200 });
    expect(await call(locked.url, 'GET', '/v1/users', undefined, bearer)).toMatchObject(errorOf(400, 'Bad Request'));
  });

  it('leaves the ping open, and takes no password on other routes', async () => {
    expect((await call(locked.url, 'GET', '/v1/_ping')).status).toBe(200);
    for (const path of ['/api/webhooks', '/api/updates']) {
      const { status, headers } = await send(locked.url, { method: 'GET', path, headers: basic(`toto:${TOKEN}`) });
      expect([path, status, headers['www-authenticate']]).toEqual([path, 401, 'Bearer']);
    }
    const body = JSON.stringify(requestUpdate('r'));
    const answer = await send(locked.url, {
      method: 'POST',
      path: '/api/updates',
      headers: { ...asJson, ...basic(`a:${TOKEN}`) },
      body,
    });
    expect(answer.status).toBe(401);
  });
});
