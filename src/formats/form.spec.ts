import { describe, expect, it } from 'vitest';
import type { Formattable } from './format.js';
import { toForm } from './form.js';

const update: Formattable = {
  updateId: 'u1',
  type: 'REQUEST',
  requestId: 'web',
  state: 'CREATED',
  subject: 'web',
  occurredAtMillis: 8.64e15,
  payload: '{"a": "b&c=d+é"}',
};

describe('A form', () => {
  it('is encoded as HTML forms are, and leaves out what the update does not have', () => {
    expect(toForm(update)).toEqual({
      contentType: 'application/x-www-form-urlencoded',
      headers: {},
      body:
        'type=REQUEST&state=CREATED&request_id=web&subject=web&update_id=u1&occurred_at=8640000000000000' +
        '&payload=%7B%22a%22%3A+%22b%26c%3Dd%2B%C3%A9%22%7D',
    });
  });

  it('holds all there is, to be read back as it was', () => {
    const all = {
      ...update,
      deployId: 'd\r\n',
      taskId: '&=+% ',
      userId: '',
      scope: 'READ',
      application: '😀',
    };
    expect(Object.fromEntries(new URLSearchParams(toForm(all).body))).toEqual({
      type: 'REQUEST',
      state: 'CREATED',
      request_id: 'web',
      deploy_id: 'd\r\n',
      task_id: '&=+% ',
      user_id: '',
      scope: 'READ',
      application: '😀',
      subject: 'web',
      update_id: 'u1',
      occurred_at: '8640000000000000',
      payload: update.payload,
    });
  });
});
