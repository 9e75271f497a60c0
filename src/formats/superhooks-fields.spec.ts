import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toForm } from './form.js';
import type { Formattable } from './format.js';

interface Vector {
  event: string;
  payload: string;
  data_option: string | null;
  requests: { form: Record<string, string>; body: string }[];
}

/** What superhooks sent, event by event. */
const vectors = JSON.parse(
  readFileSync(new URL('../../test/fixtures/superhooks/cli-and-body-vectors.json', import.meta.url), 'utf8'),
) as Vector[];
const sent = vectors.flatMap(({ requests, ...vector }) => requests.map((request) => ({ ...vector, ...request })));

/** As `-d` is read: a later key replaces the value of an earlier one. */
function dataOf(option: string | null): Record<string, string> {
  const items = (option ?? '').split('^^').map((item) => item.split('^'));
  return Object.fromEntries(items.filter((item) => item.length === 2) as [string, string][]);
}

function updateOf(supervisor: unknown, type: Formattable['type'] = 'TASK'): Formattable {
  return {
    updateId: 'u1',
    type,
    requestId: 'cat',
    deployId: 'd1',
    taskId: 't1',
    state: 'TASK_FAILED',
    subject: 't1',
    occurredAtMillis: 1,
    payload: JSON.stringify({ taskUpdate: {}, supervisor }),
  };
}

/** The names of the fields of a form, in order. */
function namesIn(update: Formattable): string[] {
  return [...new URLSearchParams(toForm(update).body).keys()];
}

const HOOKTIDES = 'type state request_id deploy_id task_id subject update_id occurred_at payload'.split(' ');
const EXIT = 'processname:meow groupname:cat from_state:RUNNING expected:0 pid:21797';

describe('The form of an event of supervisord', () => {
  it.each(sent)('begins with the bytes that superhooks sent: $event, -d $data_option', (vector) => {
    const { event, payload, data_option: option } = vector;
    const { body } = toForm(updateOf({ event, payload, data: dataOf(option) }));
    expect(body.startsWith(`${vector.body}&`)).toBe(true);
    const rest = new URLSearchParams(body.slice(vector.body.length + 1));
    expect([...rest.keys()]).toEqual(HOOKTIDES);
  });

  it('is what the fixture shows', async () => {
    const payload = readFileSync(new URL('../../test/fixtures/supervisor/task-exited.json', import.meta.url), 'utf8');
    const update = { ...updateOf(null), payload: payload.trimEnd() };
    const shown = `${toForm(update).body.replaceAll('&', '\n&')}\n`;
    await expect(shown).toMatchFileSnapshot('../../test/fixtures/formats/form.supervisord-exited.txt');
  });

  it('leaves to the data the names that it takes, so that a receiver finds it alone under them', () => {
    const update = updateOf({ event: 'PROCESS_STATE_EXITED', payload: EXIT, data: { type: 'crash', payload: 'p' } });
    const form = new URLSearchParams(toForm(update).body);
    expect(form.getAll('type')).toEqual(['crash']);
    expect(form.getAll('payload')).toEqual(['p']);
    expect(form.getAll('state')).toEqual(['TASK_FAILED']);
  });

  it('takes what follows the first colon for the value', () => {
    const payload = 'processname:a:b groupname:c from_state:RUNNING pid:1';
    const form = new URLSearchParams(toForm(updateOf({ event: 'PROCESS_STATE_STOPPING', payload, data: {} })).body);
    expect(form.get('process_name')).toBe('c:a:b');
    expect(form.get('pheaders_all')).toBe('processname:a:b groupname:c from_state:RUNNING pid:1 ');
  });

  it.each([
    ['something else named supervisor', 'jdoe'],
    ['null', null],
    ['an array', [{ event: 'PROCESS_STATE_EXITED', payload: EXIT }]],
    ['no payload', { event: 'PROCESS_STATE_EXITED', data: {} }],
    ['another event', { event: 'TICK_60', payload: 'when:1795303320', data: {} }],
  ])('has only what every form has for a payload with %s', (_, supervisor) => {
    expect(namesIn(updateOf(supervisor))).toEqual(HOOKTIDES);
  });

  it('has only what every form has for an update that is no TASK', () => {
    const supervisor = { event: 'PROCESS_STATE_FATAL', payload: 'processname:a groupname:b', data: {} };
    expect(namesIn(updateOf(supervisor, 'CRASHLOOP'))).toEqual(HOOKTIDES);
  });

  it('leaves out data that is no text', () => {
    const supervisor = { event: 'PROCESS_STATE_EXITED', payload: EXIT, data: { a: 'b', c: 1, d: { e: 'f' } } };
    expect(namesIn(updateOf(supervisor))).toEqual([
      'process_name',
      'from_state',
      'event_name',
      'pheaders_all',
      'a',
      ...HOOKTIDES,
    ]);
  });
});
