import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { asJson, send, type RawAnswer, type RawRequest } from '../setup/http.js';
import { bearing, OPERATOR, startLocked, type LockedHooktide } from '../setup/tokens.js';

const OPS = 'https://ops.example.com';
const EVIL = 'https://evil.example';
const WEBHOOK = JSON.stringify({ uri: 'https://receiver.example/', type: 'TASK' });

let open: Hooktide;
let locked: LockedHooktide;
beforeAll(async () => {
  [open, locked] = await Promise.all([startHooktide(), startLocked({ env: { SERVER_CORS_ORIGINS: OPS } })]);
});
afterAll(async () => {
  await Promise.all([open.stop(), locked.stop()]);
});

const headersOf = async (request: RawRequest) => (await send(open.url, request)).headers;
const codeOf = ({ text }: RawAnswer) => (JSON.parse(text) as { code: string }).code;
const cors = ({ headers }: RawAnswer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

describe('every answer', () => {
  it.each<[string, RawRequest]>([
    ['a list', { method: 'GET', path: '/api/webhooks' }],
    ['the same for Singularity', { method: 'GET', path: '/singularity/api/webhooks' }],
    ['a refusal', { method: 'POST', path: '/api/webhooks', headers: { 'Content-Type': 'text/plain' }, body: 'x' }],
    ['what is nowhere', { method: 'GET', path: '/nowhere' }],
    ['Hook Slinger', { method: 'POST', path: '/hook_slinger/', headers: asJson, body: '{}' }],
    ['Sail', { method: 'GET', path: '/v1/applications' }],
    ['health', { method: 'GET', path: '/healthz' }],
    ['a page that another host asked for', { method: 'GET', path: '/docs', headers: { Host: 'evil.example' } }],
  ])('tells browsers what it is not: %s', async (_, request) => {
    expect(await headersOf(request)).toMatchObject({
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it('but the documents, which are a page, and are kept', async () => {
    const page = await send(open.url, { method: 'GET', path: '/docs' });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-cache' });
    // Nothing stands in it that the policy forbids.
    expect(page.text.match(/<script(?! src="docs\/)|<style|\son\w+=|\sstyle=|javascript:/)).toBeNull();
    expect(page.text.match(/<script src="docs\/[\w.-]+"><\/script>/g)).toHaveLength(2);
    const script = await send(open.url, { method: 'GET', path: '/docs/swagger-ui-bundle.js' });
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
    });
    const again = { method: 'GET', path: '/docs', headers: { 'If-None-Match': String(page.headers.etag) } };
    expect((await send(open.url, again)).status).toBe(304);
  });
});

const preflight = (method: string, path: string, Origin = OPS) =>
  send(locked.url, {
    method: 'OPTIONS',
    path,
    headers: { Origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'authorization' },
  });

describe('a page of a listed origin', () => {
  it.each(['/api/webhooks', '/singularity/api/webhooks', '/api/updates', '/v1/applications'])(
    'is told before it asks for %s that it may, without a token',
    async (path) => {
      const answer = await preflight('DELETE', path);
      expect([answer.status, answer.headers.vary]).toEqual([204, 'Origin']);
      expect(cors(answer)).toEqual({
        'access-control-allow-origin': OPS,
        'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
        'access-control-allow-headers':
          'Authorization, Content-Type, ce-specversion, ce-type, ce-source, ce-id, ce-application',
        'access-control-max-age': '600',
      });
    },
  );

  it('reads and changes with a token, and sees why it is refused without one', async () => {
    const asOps = { ...asJson, Origin: OPS, 'Sec-Fetch-Site': 'cross-site' };
    const request = { method: 'POST', path: '/api/webhooks', body: WEBHOOK };
    const made = await send(locked.url, { ...request, headers: { ...asOps, ...bearing(OPERATOR) } });
    expect([made.status, made.text]).toEqual([200, '"CREATED"']);
    expect(cors(made)).toEqual({
      'access-control-allow-origin': OPS,
      'access-control-expose-headers': 'Hooktide-Secret, Retry-After, WWW-Authenticate',
    });
    const refused = [
      { headers: asOps },
      { headers: { Origin: OPS, ...bearing(OPERATOR), 'Content-Type': 'text/plain' } },
    ];
    for (const [index, { headers }] of refused.entries()) {
      const answer = await send(locked.url, { ...request, headers });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([[401, 415][index], OPS]);
    }
  });

  it('is no page of another origin', async () => {
    for (const origin of [EVIL, 'null', `${OPS}:8443`, 'http://ops.example.com']) {
      const answer = await preflight('POST', '/api/webhooks', origin);
      expect([cors(answer), answer.headers.vary]).toEqual([{}, 'Origin']);
      const read = { method: 'GET', path: '/api/webhooks', headers: { Origin: origin, ...bearing(OPERATOR) } };
      expect(cors(await send(locked.url, read))).toEqual({});
    }
  });
});

describe('a page of another origin', () => {
  /** What it can send without leave, with what its user's browser adds: methods and types of the Fetch standard, §2.2. */
  const TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', undefined];
  const SITES: Record<string, string>[] = [
    { Origin: EVIL, 'Sec-Fetch-Site': 'cross-site' },
    { Origin: EVIL },
    { Origin: 'null' },
  ];
  const CHANGES = [
    '/api/webhooks',
    '/api/webhooks/kept/pause',
    '/api/webhooks/kept/resume',
    '/api/webhooks/kept/secret',
    '/api/webhooks/kept/test',
    '/api/updates',
    '/api/disasters/disabled-actions/ADD_WEBHOOK',
    '/api/tokens',
    '/api/dead-letters/replay',
    '/api/dead-letters/1/replay',
    '/api/dead-letters/discard',
    '/api/deliveries/replay',
    '/api/deliveries/1/replay',
    '/api/messages/replay',
    '/api/messages/1/replay',
    '/v1/applications/web/hook',
    '/singularity/api/webhooks',
    '/singularity/api/webhooks/kept/pause',
    '/SINGULARITY/api/webhooks',
    '/API/webhooks/kept/pause/',
    '/api/nothing/yet',
  ];

  it.each(CHANGES)('changes nothing by POST %s', async (path) => {
    for (const site of SITES) {
      for (const type of TYPES) {
        const headers = type === undefined ? site : { ...site, 'Content-Type': type };
        for (const body of [undefined, WEBHOOK]) {
          const answer = await send(open.url, { method: 'POST', path, headers, body });
          expect([403, 415]).toContain(answer.status);
          expect(cors(answer)).toEqual({});
        }
      }
    }
    expect((await open.api('GET', '/api/webhooks')).json).toEqual([]);
  });

  it('changes nothing even if its browser asked for no leave', async () => {
    for (const site of SITES) {
      for (const [method, path] of [
        ['POST', '/api/webhooks'],
        ['DELETE', '/api/webhooks/kept'],
        ['PATCH', '/api/webhooks/kept'],
      ]) {
        const answer = await send(open.url, {
          method: method!,
          path: path!,
          headers: { ...site, ...asJson },
          body: WEBHOOK,
        });
        expect(answer.status).toBe(403);
      }
    }
    const own = await send(open.url, {
      method: 'PATCH',
      path: '/api/webhooks/kept',
      headers: { ...asJson, Origin: EVIL },
      body: '{}',
    });
    expect(codeOf(own)).toBe('foreign_page');
  });

  it('reads nothing, by its own name for this computer either', async () => {
    const { port } = new URL(open.url);
    for (const path of ['/api/webhooks', '/docs', '/healthz', '/api/updates/x']) {
      expect(cors(await send(open.url, { method: 'GET', path, headers: { Origin: EVIL } }))).toEqual({});
      for (const Host of [`evil.example:${port}`, 'evil.example']) {
        const answer = await send(open.url, {
          method: 'GET',
          path,
          headers: { Host, 'Sec-Fetch-Site': 'same-origin' },
        });
        expect(answer.status).toBe(421);
        expect(answer.text).toContain('This is not evil.example');
      }
    }
    const local = await send(open.url, {
      method: 'GET',
      path: '/api/webhooks',
      headers: { Host: `localhost:${port}` },
    });
    expect(local.status).toBe(200);
    const named = { method: 'GET', path: '/api/webhooks', headers: { Host: 'hooktide.example', ...bearing(OPERATOR) } };
    expect((await send(locked.url, named)).status).toBe(200);
  });
});
