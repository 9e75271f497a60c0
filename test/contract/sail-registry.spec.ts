import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import rest from '../fixtures/sail/rest-api.json' with { type: 'json' };
import vectors from '../fixtures/sail/url-validation-vectors.json' with { type: 'json' };
import { hooksOf } from '../setup/containers.js';
import { basic, call, errorOf } from '../setup/sail-calls.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';

const [LIST, ADD, DELETE] = rest.webhooks;
const URL = ADD?.body?.url ?? '';

let hooktide: Hooktide;
beforeAll(async () => {
  // As it comes: nothing is sent to loopback or to private addresses.
  hooktide = await startHooktide({ env: { ROLES: 'api', EGRESS_ALLOW: '' } });
});
afterAll(() => hooktide.stop());
afterEach(() => hooktide.sql('TRUNCATE hooktide.webhook, hooktide.lane, hooktide.delivery, hooktide.disabled_action'));

const ask = async (method: string, path: string, body?: object | string) => {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const { status, json } = await call(hooktide.url, method, path, text, basic('toto:any'));
  return { status, json };
};
const add = (url: unknown, application = 'toto') => ask('POST', hooksOf(application), { url });
const remove = (query: string, application = 'toto') => ask('DELETE', `${hooksOf(application)}?${query}`);
const list = async (application = 'toto') =>
  ((await ask('GET', hooksOf(application))).json as { url: string }[]).map(({ url }) => url);

const path = (template = '') => template.replace('{app}', 'toto');

describe("the calls of Sail's command line", () => {
  it('add, list and delete a url', async () => {
    expect(await ask(LIST!.method, path(LIST?.path))).toEqual({ status: LIST?.want, json: [] });
    expect(await ask(ADD!.method, path(ADD?.path), ADD?.raw_body)).toEqual({ status: ADD?.want, json: ADD?.body });
    expect(await ask(LIST!.method, path(LIST?.path))).toEqual({ status: 200, json: [{ url: URL }] });
    const { status } = await ask(DELETE!.method, `${path(DELETE?.path)}?${DELETE?.query_raw}`);
    expect(status).toBe(DELETE?.want);
    expect(await list()).toEqual([]);
  });

  it('ask who calls, whether this is the place, and for applications', async () => {
    const { method, path: users, response_example: example } = rest.default_application;
    expect(await ask(method, users)).toEqual({ status: 200, json: example });
    expect(await call(hooktide.url, 'GET', '/v1/_ping')).toMatchObject({ status: 200 });
    for (const application of ['toto', 'b', 'a', 'toto']) await add(`http://h/${application}`, application);
    expect(await ask('GET', '/v1/applications')).toEqual({ status: 200, json: ['a', 'b', 'toto'] });
  });

  it('are told in words that it prints when they are refused', async () => {
    expect(await call(hooktide.url, 'GET', '/v1/users')).toMatchObject(errorOf(400, 'Bad Request'));
    expect(await ask('GET', '/v1/services')).toEqual(errorOf(404, 'Not Found', 'Cannot GET /v1/services'));
    expect(await ask('POST', hooksOf('toto'), '{')).toEqual(
      errorOf(400, 'Bad Request', 'body: write {"url": "http://…"}'),
    );
    expect(await ask('GET', '/v1/applications/%zz/hook')).toMatchObject(errorOf(400, 'Bad Request'));
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(await ask(method, `/v1/applications/a%2Fb/hook?url=x`, { url: URL })).toEqual(
        errorOf(400, 'Bad Request', 'application holds a /: no name of an application does'),
      );
    const { status, json } = await call(hooktide.url, 'POST', hooksOf('toto'), '{}', { 'Content-Type': 'text/plain' });
    expect({ status, json }).toMatchObject(errorOf(415, 'Unsupported Media Type'));
  });
});

describe('a url', () => {
  const OPEN: Record<string, boolean> = { 'http://10.0.0.5/x': false, 'http://user:pw@ovh.com/x': true };

  const REFUSED = errorOf(400, 'Bad Request', expect.stringMatching(/^url: /));

  it.each(vectors)('$url is taken: $accepted', async ({ url, accepted }) => {
    const answer = await add(url);
    const isTaken = accepted ?? OPEN[url];
    expect(answer).toEqual(isTaken ? { status: 201, json: { url } } : REFUSED);
    expect(await list()).toEqual(isTaken ? [url] : []);
  });

  it('of each kind may be many to an application, and are listed in the order in which they came', async () => {
    const urls = ['http://z/', 'http://a/', 'https://a/', 'http://a/?b', 'http://u:p@a/', 'http://v:p@a/', 'http://A/'];
    for (const url of urls) expect((await add(url)).status).toBe(201);
    await add('http://z/', 'other');
    expect(await list()).toEqual(urls);
    expect(await list('other')).toEqual(['http://z/']);
    expect(await list('none')).toEqual([]);
  });

  it('once more is no other one', async () => {
    expect((await add(URL)).status).toBe(201);
    expect(await add(URL)).toEqual({ status: 200, json: { url: URL } });
    expect(await list()).toEqual([URL]);
  });

  it('is one where many add it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => add('http://u:p@h/')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    expect(await list()).toEqual(['http://u:p@h/']);
  });

  it('is added or gone where others delete it meanwhile, and nobody fails', async () => {
    const all = Array.from({ length: 40 }, (_, n) => (n % 2 ? add(URL) : remove(`url=${URL}`)));
    const statuses = new Set((await Promise.all(all)).map(({ status }) => status));
    expect([...statuses].filter((status) => ![200, 201, 404].includes(status))).toEqual([]);
    await add(URL);
    expect(await list()).toEqual([URL]);
  });

  it('has another password when it is added with one', async () => {
    await add('http://u:old@h/');
    expect((await add('http://u:new@h/')).status).toBe(200);
    expect(await list()).toEqual(['http://u:new@h/']);
  });

  it.each(['http://h/x?a=b&c=d%2Fe', 'http://u:p%40w@h:8080/a%20b#c', 'http://h/%25', URL])(
    '%s is deleted as it is, encoded once, and encoded twice',
    async (url) => {
      const once = encodeURIComponent(url);
      for (const spelling of [url, once, encodeURIComponent(once)]) {
        await add(url);
        await add('http://other/');
        expect(await remove(`url=${spelling}`)).toMatchObject({ status: 200 });
        expect(await list()).toEqual(['http://other/']);
      }
    },
  );

  it('is deleted of its application only, and with any password', async () => {
    await add('http://u:p@h/', 'other');
    expect(await remove('url=http://u:p@h/')).toMatchObject(errorOf(404, 'Not Found'));
    expect((await remove('url=http://u:q@h/', 'other')).status).toBe(200);
    expect(await remove('url=http://u:p@h/', 'other')).toMatchObject(errorOf(404, 'Not Found'));
    expect(await remove('')).toMatchObject(errorOf(400, 'Bad Request'));
  });
});
