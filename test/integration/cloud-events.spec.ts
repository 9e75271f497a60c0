import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCloudEvent, toCloudEventInHeaders } from '../../src/formats/cloudevents.js';
import type { Formattable } from '../../src/formats/format.js';
import { send } from '../setup/http.js';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver, type Receiver } from '../setup/receivers.js';
import { fixture } from '../setup/updates.js';

let hooktide: Hooktide;
let receiver: Receiver;
beforeAll(async () => {
  hooktide = await startHooktide();
  receiver = await startReceiver();
  await hooktide.register(receiver.url, 'TASK');
});
afterAll(async () => {
  await hooktide.stop();
  await closeReceivers();
});

const payload = fixture('task-webhook.running.json');
const attributes = { specversion: '1.0', type: 'TASK', source: '/cluster/7' };
const STRUCTURED = { 'Content-Type': 'application/cloudevents+json; charset=UTF-8' };
const BATCH = { 'Content-Type': 'Application/CloudEvents-Batch+JSON' };
const event = (id: string, data = `,"data":${payload}`) =>
  `${JSON.stringify({ ...attributes, id }).slice(0, -1)}${data}}`;

async function post(headers: Record<string, string>, body: string) {
  const { status, text } = await send(hooktide.url, { method: 'POST', path: '/api/updates', headers, body });
  return { status, body: JSON.parse(text) as Record<string, unknown> };
}
/** The bodies that arrive while `act` runs, `count` of them. */
async function arriving(count: number, act: () => Promise<unknown>): Promise<string[]> {
  const before = receiver.requests.length;
  await act();
  return (await receiver.waitFor(before + count)).slice(before).map(({ body }) => body);
}
const stored = (id: string) =>
  hooktide.sql('SELECT application, payload FROM hooktide.update WHERE client_id = $1', [`/hooktide ${id}`]);
const accepted = (...ids: string[]) => ({ status: 202, body: { accepted: ids.length, deliveries: ids.length, ids } });

describe('CloudEvents by REST', () => {
  it('come in structured mode, and leave byte for byte', async () => {
    const arrived = await arriving(1, async () =>
      expect(await post(STRUCTURED, event('structured'))).toEqual(accepted('/cluster/7 structured')),
    );
    expect(arrived).toEqual([payload]);
  });

  it('come as a batch, in its order', async () => {
    const base64 = `,"data_base64":"${Buffer.from(payload.replace('512.0', '1024.0')).toString('base64')}"`;
    const arrived = await arriving(2, async () =>
      expect(await post(BATCH, `[${event('b1')}, ${event('b2', base64)}]`)).toEqual(
        accepted('/cluster/7 b1', '/cluster/7 b2'),
      ),
    );
    expect(arrived).toEqual([payload, payload.replace('512.0', '1024.0')]);
    expect(await post(BATCH, '[]')).toEqual(accepted());
  });

  it('come in binary mode', async () => {
    const headers = { 'Content-Type': 'application/json', 'CE-SpecVersion': '1.0', 'CE-Type': 'io.hooktide.task' };
    const arrived = await arriving(1, async () =>
      expect(
        await post({ ...headers, 'CE-Source': '/a%20b', 'CE-Id': 'n', 'CE-Application': 'caf%C3%A9' }, payload),
      ).toEqual(accepted('/a%20b n')),
    );
    expect(arrived).toEqual([payload]);
    expect(await hooktide.sql(`SELECT application FROM hooktide.update WHERE client_id = '/a%20b n'`)).toEqual([
      { application: 'café' },
    ]);
  });

  it('count once, in whichever mode they come again', async () => {
    await arriving(1, () => post(STRUCTURED, event('once')));
    const again = { status: 202, body: { accepted: 1, deliveries: 0, ids: ['/cluster/7 once'] } };
    expect(await post(STRUCTURED, event('once'))).toEqual(again);
    expect(await post(BATCH, `[${event('once')}]`)).toEqual(again);
    const headers = Object.entries({ ...attributes, id: 'once' }).map(([name, value]) => [`ce-${name}`, value]);
    expect(await post({ 'Content-Type': 'application/json', ...Object.fromEntries(headers) }, payload)).toEqual(again);
    expect(await post(STRUCTURED, event('once', `,"data":${payload.replace('512.0', '1024.0')}`))).toMatchObject({
      status: 409,
    });
  });

  it.each([
    [STRUCTURED, event('x').replace('"TASK"', '"com.example.x"'), 'type'],
    [BATCH, `[${event('x')},${event('y', ',"data":{"taskUpdate":{}}')}]`, '[1].data.taskUpdate.taskId'],
    [BATCH, event('x'), 'body'],
    [
      { 'Content-Type': 'application/json', 'ce-type': 'TASK', 'ce-id': '1', 'ce-source': '/' },
      payload,
      'ce-specversion',
    ],
  ])('are refused with the field at fault', async (headers, body, field) => {
    const refused = { status: 400, body: expect.objectContaining({ code: 'invalid_input', field }) };
    expect(await post(headers as Record<string, string>, body)).toEqual(refused);
  });

  it.each(['application/cloudevents+avro', 'application/cloudevents', 'text/plain'])(
    'are refused as %s',
    async (type) => {
      expect(await post({ 'Content-Type': type, 'ce-specversion': '1.0' }, payload)).toMatchObject({ status: 415 });
    },
  );
});

describe("another Hooktide's events", () => {
  const sent: Formattable = {
    updateId: '01680785-5ad2-7c3f-9a51-0242ac120002',
    type: 'TASK',
    application: 'Döner & "Söhne" 100%',
    requestId: 'example-web-service',
    deployId: 'build_42.1',
    taskId: 'é#/1',
    state: 'TASK_RUNNING',
    subject: 'é#/1',
    occurredAtMillis: 1546300863334,
    payload,
  };

  it('are taken as they are, in both modes, and count once', async () => {
    const id = `/hooktide ${sent.updateId}`;
    for (const [write, deliveries] of [
      [toCloudEvent, 1],
      [toCloudEventInHeaders, 0],
    ] as const) {
      const { contentType, headers, body } = write(sent);
      const answer = await post({ 'Content-Type': contentType, ...headers }, body);
      expect(answer).toEqual({ status: 202, body: { accepted: 1, deliveries, ids: [id] } });
    }
    expect(await stored(sent.updateId)).toEqual([{ application: sent.application, payload }]);
  });

  it.each([
    ['REQUEST', 'CREATED', 'request-history.created.json'],
    ['DEPLOY', 'STARTING', 'deploy-update.starting.json'],
    ['CRASHLOOP', 'RESOLVED', 'crash-loop.resolved.json'],
    ['ELEVATED_ACCESS', 'WRITE', 'elevated-access.json'],
  ] as const)('are taken when they tell of %s %s', async (type, state, name) => {
    const update = { ...sent, updateId: name, type, state, payload: fixture(name) };
    for (const write of [toCloudEvent, toCloudEventInHeaders]) {
      const { contentType, headers, body } = write(update);
      expect(await post({ 'Content-Type': contentType, ...headers }, body)).toMatchObject({ status: 202 });
    }
    expect(await stored(name)).toEqual([{ application: sent.application, payload: update.payload }]);
  });
});
