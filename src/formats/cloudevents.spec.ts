import { describe, expect, it } from 'vitest';
import { toCloudEvent, toCloudEventInHeaders } from './cloudevents.js';
import type { Formattable } from './format.js';

const update: Formattable = {
  updateId: '01680785-5ad2-7c3f-9a51-0242ac120002',
  type: 'TASK',
  application: 'shop',
  requestId: 'web',
  deployId: 'd1',
  taskId: 'web-d1-1-1-host-rack',
  state: 'TASK_RUNNING',
  subject: 'web-d1-1-1-host-rack',
  occurredAtMillis: 1546300863334,
  payload: '{ "cpus" : 512.0, "id":12345678901234567890 }',
};

function eventOf(over: Partial<Formattable>): Record<string, unknown> {
  const event: Record<string, unknown> = JSON.parse(toCloudEvent({ ...update, ...over }).body);
  return event;
}

describe('A CloudEvent in structured mode', () => {
  it('bears all that is known of the update as attributes', () => {
    const { data, ...attributes } = eventOf({});
    expect(data).toBeDefined();
    expect(attributes).toEqual({
      specversion: '1.0',
      id: '01680785-5ad2-7c3f-9a51-0242ac120002',
      source: '/hooktide',
      type: 'io.hooktide.task.task_running',
      subject: 'web-d1-1-1-host-rack',
      time: '2019-01-01T00:01:03.334Z',
      datacontenttype: 'application/json',
      application: 'shop',
      requestid: 'web',
      deployid: 'd1',
      taskid: 'web-d1-1-1-host-rack',
      state: 'TASK_RUNNING',
    });
  });

  it('bears the payload as data, byte for byte', () => {
    expect(toCloudEvent(update).body.endsWith(`,"data":${update.payload}}`)).toBe(true);
  });

  it('names user and scope of an elevated access', () => {
    const access = { type: 'ELEVATED_ACCESS', userId: 'jdoe', scope: 'READ', state: 'READ' } as const;
    expect(eventOf(access)).toMatchObject({ type: 'io.hooktide.elevated_access.read', userid: 'jdoe', scope: 'READ' });
  });

  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [253402300799999, '9999-12-31T23:59:59.999Z'],
    [253402300800000, undefined],
    [8.64e15, undefined],
  ])('writes the time %d as %s: RFC 3339 ends with the year 9999', (occurredAtMillis, time) => {
    expect(eventOf({ occurredAtMillis }).time).toBe(time);
  });

  it.each([
    ['a\r\nb\u0085\u007f', 'a\ufffd\ufffdb\ufffd\ufffd'],
    ['\ud800a\udc00', '\ufffda\ufffd'],
    ['\ufdd0\uffff\u{10fffe}', '\ufffd\ufffd\ufffd'],
    ['é😀"\\%', 'é😀"\\%'],
  ])('turns what an attribute may not hold into U+FFFD: %j', (requestId, expected) => {
    expect(eventOf({ requestId }).requestid).toBe(expected);
  });
});

describe('A CloudEvent in binary mode', () => {
  it('bears the attributes as headers, but for datacontenttype, and the payload as it is', () => {
    expect(toCloudEventInHeaders({ ...update, application: undefined })).toEqual({
      contentType: 'application/json',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': '01680785-5ad2-7c3f-9a51-0242ac120002',
        'ce-source': '/hooktide',
        'ce-type': 'io.hooktide.task.task_running',
        'ce-subject': 'web-d1-1-1-host-rack',
        'ce-time': '2019-01-01T00:01:03.334Z',
        'ce-requestid': 'web',
        'ce-deployid': 'd1',
        'ce-taskid': 'web-d1-1-1-host-rack',
        'ce-state': 'TASK_RUNNING',
      },
      body: update.payload,
    });
  });

  it.each([
    // The example of the HTTP binding, §3.1.3.2.
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['"100%"', '%22100%25%22'],
    ["default/web#1!'()*~;,", "default/web#1!'()*~;,"],
    ['a\r\nce-id: 2', 'a%EF%BF%BD%EF%BF%BDce-id:%202'],
    ['\ud800', '%EF%BF%BD'],
  ])('encodes %j as %s', (requestId, expected) => {
    expect(toCloudEventInHeaders({ ...update, requestId }).headers['ce-requestid']).toBe(expected);
  });
});
