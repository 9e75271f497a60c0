import { expect, it } from 'vitest';
import { canary } from '../setup/canary.js';
import { call, startHooktide } from '../setup/hooktide.js';

const TOKEN = canary('token');
const PASSWORD = canary('password');

it('a to_url with credentials in it is refused, kept nowhere and shown to nobody', async () => {
  const hooktide = await startHooktide({ env: { ROLES: 'api', HOOK_SLINGER_API_TOKEN: TOKEN } });
  const urls = [
    'http://me:@example.com/x',
    'http://@example.com/',
    'ftp://me.you:@127.0.0.1:80/',
    'http://a.bc:80:@d.ef',
  ];
  for (const url of urls) {
    const to_url = url.replace('@', `${PASSWORD}@`);
    const headers = { Authorization: `Token ${TOKEN}` };
    const answer = await call(hooktide.url, 'POST', '/hook_slinger/', { to_url, payload: {} }, headers);
    expect([answer.status, answer.json]).toEqual([400, { detail: "Parameter 'to_url' is not a valid URL." }]);
  }
  expect((await hooktide.api('GET', '/api/messages')).json.items).toEqual([]);
  expect(await hooktide.sql('SELECT FROM hooktide.update')).toEqual([]);
  // The log and every answer are looked through for the password.
  await hooktide.stop();
  expect(JSON.stringify(hooktide.logged)).not.toContain(PASSWORD);
});
