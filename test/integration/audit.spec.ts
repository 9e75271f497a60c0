import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver } from '../setup/receivers.js';
import { OPERATOR, startLocked, type LockedHooktide } from '../setup/tokens.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

interface Row {
  id: number;
  at: string;
  actor: string;
  actorKind: string;
  address: string | null;
  action: string;
  target: string | null;
  details: Record<string, unknown>;
}

const told = (rows: Row[]) => rows.map(({ action, target, details }) => [action, target, details]);

afterEach(closeReceivers);

describe('a change', () => {
  let hooktide: LockedHooktide;
  let token: string;
  beforeAll(async () => {
    hooktide = await startLocked({ env: { DELETE_UNDELIVERABLE_WEBHOOKS_AFTER_HOURS: '1' } });
    ({ token } = await hooktide.make({ name: 'ops', scopes: ['admin'] }));
  });
  afterAll(() => hooktide.stop());

  const audit = async (query = '') => {
    const answer = await hooktide.by(OPERATOR, 'GET', `/api/audit${query}`);
    expect(answer.status).toBe(200);
    return answer.json as { items: Row[]; next: string | null };
  };
  /** What is written down while this is done, oldest first. */
  const during = async (work: () => Promise<unknown>): Promise<Row[]> => {
    const before = (await audit('?limit=1')).items[0]?.id ?? 0;
    await work();
    return (await audit()).items.filter(({ id }) => id > before).toReversed();
  };
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await hooktide.by(token, method, path, body);
    expect(answer.status).toBeLessThan(300);
    return answer;
  };

  it('of a token is remembered with who made it', async () => {
    const rows = await during(async () => {
      const { id } = (await call('POST', '/api/tokens', { name: 'ci', scopes: ['ingest'], application: 'web' })).json;
      await call('DELETE', `/api/tokens/${id}`);
    });
    const [made, revoked] = rows;
    expect(made).toMatchObject({ actor: 'ops', actorKind: 'token', address: '127.0.0.1', target: 'ci' });
    expect(Math.abs(Date.parse(made!.at) - Date.now())).toBeLessThan(60_000);
    expect(told(rows)).toEqual([
      [
        'token.created',
        'ci',
        { tokenId: made!.details.tokenId, scopes: ['ingest'], application: 'web', expiresAt: null },
      ],
      ['token.revoked', 'ci', { tokenId: made!.details.tokenId }],
    ]);
    expect(revoked!.id).toBeGreaterThan(made!.id);
  });

  it('of a webhook is remembered by the names of its fields, and no value', async () => {
    const receiver = await startReceiver();
    const id = 'mine';
    const secret = 'battery-staple';
    const rows = await during(async () => {
      const webhook = { id, type: 'REQUEST', uri: receiver.url, headers: { 'X-Key': secret } };
      await call('POST', '/api/webhooks', webhook);
      await call('POST', '/api/webhooks', webhook);
      await call('PATCH', `/api/webhooks/${id}`, { description: secret, headers: { 'X-Key': `${secret}2` } });
      await call('PATCH', `/api/webhooks/${id}`, {});
      await call('POST', `/api/webhooks/${id}/pause`);
      await call('POST', `/api/webhooks/${id}/pause`);
      await call('POST', `/api/webhooks/${id}/resume`);
      await call('POST', `/api/webhooks/${id}/secret`, { overlapHours: 1 });
      await call('POST', `/api/webhooks/${id}/test`);
      await call('DELETE', `/api/webhooks/${id}`);
      await call('DELETE', `/api/webhooks/${id}`);
    });
    expect(told(rows)).toEqual([
      ['webhook.registered', id, { type: 'REQUEST', origin: 'client' }],
      [
        'webhook.changed',
        id,
        {
          fields: expect.arrayContaining(['description', 'headers']),
        },
      ],
      ['webhook.paused', id, {}],
      ['webhook.resumed', id, {}],
      ['webhook.secret_replaced', id, { fields: ['signing'] }],
      ['webhook.tested', id, {}],
      ['webhook.deleted', id, {}],
    ]);
    expect(rows.every(({ actor }) => actor === 'ops')).toBe(true);
    expect(JSON.stringify(rows)).not.toMatch(/battery-staple|whsec_/);
    expect(told((await audit(`?webhookId=${id}`)).items.toReversed())).toEqual(told(rows));
  });

  it('is not remembered where it was refused', async () => {
    const rows = await during(async () => {
      await hooktide.by('hkt_none', 'POST', '/api/webhooks', { type: 'TASK', uri: 'https://a.example/' });
      await hooktide.by(OPERATOR, 'POST', '/api/webhooks', { type: 'TASK', uri: 'http://169.254.169.254/' });
      await hooktide.by(OPERATOR, 'PATCH', '/api/webhooks/nobody', { description: 'x' });
      await hooktide.by(OPERATOR, 'DELETE', '/api/dead-letters/42');
      await hooktide.by(OPERATOR, 'DELETE', '/api/disasters/disabled-actions/ADD_WEBHOOK');
    });
    expect(rows).toEqual([]);
  });

  it('is not made where it can not be remembered', async () => {
    await hooktide.sql(`ALTER TABLE hooktide.audit ADD CONSTRAINT no CHECK (target <> 'kept') NOT VALID`);
    const made = await hooktide.by(token, 'POST', '/api/webhooks', {
      id: 'kept',
      type: 'TASK',
      uri: 'https://a.example/',
    });
    const tokenMade = await hooktide.by(token, 'POST', '/api/tokens', { name: 'kept', scopes: ['read'] });
    await hooktide.sql('ALTER TABLE hooktide.audit DROP CONSTRAINT no');
    expect([made.status, tokenMade.status]).toEqual([500, 500]);
    const left = `SELECT id FROM hooktide.webhook WHERE id = 'kept' UNION ALL SELECT name FROM hooktide.token WHERE name = 'kept'`;
    expect(await hooktide.sql(left)).toEqual([]);
  });

  it('of Sail’s hooks and of switches is remembered', async () => {
    const url = 'http://user:battery-staple@127.0.0.1:9/hook';
    const rows = await during(async () => {
      await call('POST', '/v1/applications/web/hook', { url });
      await call('DELETE', `/v1/applications/web/hook?url=${encodeURIComponent(url)}`);
      await call('POST', '/api/disasters/disabled-actions/REMOVE_WEBHOOK', { message: 'not now' });
      await call('DELETE', '/api/disasters/disabled-actions/REMOVE_WEBHOOK');
    });
    expect(rows.map(({ action }) => action)).toEqual([
      'webhook.registered',
      'webhook.deleted',
      'action.disabled',
      'action.enabled',
    ]);
    expect(rows[0]!.target).toMatch(/^sail:web:/);
    expect(rows[2]!.target).toBe('REMOVE_WEBHOOK');
    expect(JSON.stringify(rows)).not.toContain('battery-staple');
  });

  it('of what waits, was dropped or arrived is remembered with its filter and how many there were', async () => {
    const receiver = await startReceiver(answers(500));
    await call('POST', '/api/webhooks', { id: 'dead', type: 'REQUEST', uri: receiver.url });
    const old = Date.now() - 7_200_000;
    await call(
      'POST',
      '/api/updates',
      Array.from({ length: 3 }, (_, n) => requestUpdate(`r${n}`, n, old)),
    );
    const dropped = await until(async () => {
      const { items } = (await call('GET', '/api/dead-letters?webhookId=dead')).json as { items: { id: number }[] };
      return items.length === 3 && items;
    });
    await call('POST', '/api/webhooks/dead/pause');
    const rows = await during(async () => {
      await call('POST', `/api/dead-letters/${dropped[0]!.id}/replay`);
      await call('DELETE', `/api/dead-letters/${dropped[1]!.id}`);
      await call('POST', '/api/dead-letters/replay', { requestId: 'nobody' });
      await call('POST', '/api/dead-letters/replay', { webhookId: 'dead' });
      await call('POST', '/api/dead-letters/discard', { webhookId: 'dead' });
    });
    const filter = { webhookId: 'dead' };
    expect(told(rows)).toEqual([
      ['dead_letter.replayed', String(dropped[0]!.id), { replayed: 1 }],
      ['dead_letter.discarded', String(dropped[1]!.id), { discarded: 1 }],
      ['dead_letter.replayed', 'dead', { filter, replayed: 1 }],
    ]);
    const ofDead = (await audit('?webhookId=dead')).items.map(({ action }) => action);
    expect(ofDead).toEqual(['dead_letter.replayed', 'webhook.paused', 'webhook.registered']);
  });

  it('of deliveries that arrived and of direct messages is remembered, without the uris', async () => {
    const receiver = await startReceiver();
    const [host, uri] = [new URL(receiver.url).host, `${receiver.url}?key=battery-staple`];
    await call('POST', '/api/webhooks', { id: 'alive', type: 'REQUEST', uri: receiver.url });
    await call('POST', '/api/updates', requestUpdate('arrived'));
    const message = { to_url: uri, to_auth: '', tag: 't', group: 'g', payload: {} };
    const headers = { 'Content-Type': 'application/json', Authorization: `Token ${OPERATOR}` };
    const sent = await fetch(`${hooktide.url}/hook_slinger/`, {
      method: 'POST',
      headers,
      body: JSON.stringify(message),
    });
    const { job_id: job } = (await sent.json()) as { job_id: string };
    await until(async () => (await hooktide.sql('SELECT FROM hooktide.history')).length === 2);
    const rows = await during(async () => {
      await call('POST', '/api/deliveries/replay', { requestId: 'arrived' });
      await call('POST', `/api/messages/${encodeURIComponent(job)}/replay`);
      await call('DELETE', `/api/messages?group=g&uri=*${host}*`);
    });
    expect(told(rows)).toEqual([
      ['delivery.replayed', null, { filter: { requestId: 'arrived' }, replayed: 1 }],
      ['message.replayed', job, { replayed: 1 }],
      ['message.deleted', null, { filter: { group: 'g', uri: '***' }, deleted: 1 }],
    ]);
  });
});

describe('nobody called', () => {
  let hooktide: Hooktide;
  afterEach(() => hooktide.stop());
  const audit = async () => (await hooktide.api('GET', '/api/audit')).json.items as Row[];

  it('but a receiver wants no more', async () => {
    hooktide = await startHooktide();
    const receiver = await startReceiver(answers(410));
    const id = await hooktide.register(receiver.url);
    await hooktide.post([requestUpdate('a'), requestUpdate('b')]);
    const [row] = await until(async () => {
      const rows = (await audit()).filter(({ action }) => action === 'webhook.disabled');
      return rows.length > 0 && rows;
    });
    expect(row).toMatchObject({ actor: 'receiver', actorKind: 'receiver', address: null, target: id, details: {} });
    await hooktide.api('POST', `/api/webhooks/${encodeURIComponent(id)}/resume`);
    await until(async () => (await audit()).filter(({ action }) => action === 'webhook.disabled').length === 2);
  });

  it('but the config names topics: they are remembered when they are new or another', async () => {
    hooktide = await startHooktide({
      env: { WEBHOOK_QUEUE_QUEUE_TYPE: 'SNS', WEBHOOK_QUEUE_AWS_ENDPOINT: 'http://127.0.0.1:9' },
    });
    const rows = (await audit()).filter(({ actorKind }) => actorKind === 'config');
    expect(rows.map(({ target }) => String(target)).toSorted()).toEqual([
      'sns:CRASHLOOP',
      'sns:DEPLOY',
      'sns:ELEVATED_ACCESS',
      'sns:REQUEST',
      'sns:TASK',
    ]);
    expect(rows[0]).toMatchObject({ actor: 'webhookQueue', action: 'webhook.registered', address: null });
  });

  it('by name, as no token is asked for', async () => {
    hooktide = await startHooktide();
    await hooktide.register('https://a.example/');
    expect((await audit())[0]).toMatchObject({ actor: 'anybody', actorKind: 'open', address: '127.0.0.1' });
  });
});

describe('the list', () => {
  let hooktide: LockedHooktide;
  beforeAll(async () => {
    hooktide = await startLocked();
    for (const n of [1, 2, 3, 4, 5]) await hooktide.make({ name: `t${n}`, scopes: ['webhooks', 'ingest'] });
    await hooktide.sql(`UPDATE hooktide.audit SET at = '2026-11-22T10:00:00Z'::timestamptz + id * interval '1 hour'`);
    await hooktide.sql(`UPDATE hooktide.audit SET actor = 'else', action = 'token.revoked' WHERE target = 't2'`);
  });
  afterAll(() => hooktide.stop());
  const names = async (query: string) =>
    ((await hooktide.by(OPERATOR, 'GET', `/api/audit?${query}`)).json as { items: Row[] }).items.map(
      ({ target }) => target,
    );

  it('has the newest first, page by page', async () => {
    const pages: (string | null)[][] = [];
    for (let after: string | null = '9007199254740991'; after !== null;) {
      const page = (await hooktide.by(OPERATOR, 'GET', `/api/audit?limit=2&after=${after}`)).json as {
        items: Row[];
        next: string | null;
      };
      pages.push(page.items.map(({ target }) => target));
      after = page.next;
    }
    expect(pages).toEqual([['t5', 't4'], ['t3', 't2'], ['t1']]);
  });

  it.each([
    ['actor=else', ['t2']],
    ['action=token.created', ['t5', 't4', 't3', 't1']],
    ['actor=tokenFile&action=token.revoked', []],
    ['since=2026-11-22T12:00:00Z&until=2026-11-22T14:00:00Z', ['t3', 't2']],
    ['since=1795356000000', ['t5', 't4']],
    ['webhookId=t1', []],
  ])('is narrowed by %s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it.each([
    ['page=2', 'page'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['after=x', 'after'],
    ['action=webhook.broken', 'action'],
    ['since=yesterday', 'since'],
    ['actor=', 'actor'],
    ['actor=a&actor=b', 'actor'],
    ['webhookId=%00', 'webhookId'],
  ])('refuses %s', async (query, field) => {
    const answer = await hooktide.by(OPERATOR, 'GET', `/api/audit?${query}`);
    expect([answer.status, answer.json.code, answer.json.field]).toEqual([400, 'invalid_input', field]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is for those who may do everything', async () => {
    const { token } = await hooktide.make({ name: 'reader', scopes: ['read', 'webhooks', 'ingest'] });
    expect((await hooktide.by(token, 'GET', '/api/audit')).status).toBe(403);
    expect((await fetch(`${hooktide.url}/api/audit`)).status).toBe(401);
  });
});
