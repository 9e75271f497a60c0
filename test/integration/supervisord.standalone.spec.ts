import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { answers, closeReceivers, closesAtOnce, startReceiver, type Received } from '../setup/receivers.js';
import { bodiesOf, formOf, wanted } from '../setup/superhooks-forms.js';
import {
  program,
  recorder,
  startSupervisord,
  stopSupervisords,
  superhooks,
  SUPERVISORD,
  type Recorded,
  type Supervisord,
} from '../setup/supervisord.js';
import { until } from '../setup/until.js';

const STATES = ['STARTING', 'RUNNING', 'BACKOFF', 'STOPPING', 'FATAL', 'EXITED', 'STOPPED', 'UNKNOWN'];

/** No two events of these are told in the same words. */
const WITH_PID = ['RUNNING', 'EXITED'];

/** Twenty processes that end at once: sixty events. */
const BURST = program('burst', 'exit 0', { numprocs: 20, process_name: '%(program_name)s_%(process_num)02d' });

afterEach(async () => {
  await stopSupervisords();
  await closeReceivers();
});

/** What was recorded, as soon as it holds an event that fits. */
async function recordedUntil(supervisord: Supervisord, state: string, process: string, count = 1): Promise<Recorded[]> {
  return until(async () => {
    const events = await supervisord.recorded();
    const fits = wanted(events, [state]).filter(({ payload }) => payload.startsWith(`processname:${process}`));
    return fits.length >= count && events;
  });
}

describe.skipIf(SUPERVISORD === null)('hooktide superhooks -u, run by a real supervisord', () => {
  it('sends a receiver the forms that superhooks sent, byte for byte and in order', async () => {
    const receiver = await startReceiver();
    const data = { team: 'wéb & söhne', text: 'dump_params', empty: '' };
    const pairs = Object.entries(data).map(([key, value]) => `${key}^${value}`);
    const args = [
      '-u',
      `${receiver.url}hook?a=b`,
      '-e',
      STATES.join(),
      '-d',
      pairs.join('^^'),
      '-H',
      'X-Token^t^^x-b^',
    ];
    const supervisord = await startSupervisord({
      sections: [
        recorder(),
        superhooks(args),
        program('good', 'exit 0'),
        program('bad', 'exit 3'),
        program('killed', 'kill -9 $$'),
        program('long', 'touch {folder}/long; exec sleep 1000'),
        program('missing', '', { command: '{folder}/missing', autostart: 'true', startretries: 0 }),
        program('quick', 'exit 1', { startsecs: 1, startretries: 1 }),
        '[group:cat]\nprograms=meow',
        program('meow', 'exit 3'),
      ],
    });
    for (const name of ['quick', 'good', 'bad', 'killed', 'cat:meow', 'long']) await supervisord.start(name);
    // supervisord's own handler would take the signal, until the program runs.
    await until(() => existsSync(join(supervisord.folder, 'long')));
    await supervisord.stop('long');
    await recordedUntil(supervisord, 'STOPPED', 'long');
    const events = wanted(await recordedUntil(supervisord, 'FATAL', 'quick'), STATES);

    const requests = await receiver.waitFor(events.length);
    expect(bodiesOf(requests)).toEqual(events.map((event) => formOf(event, data)));
    expect(new Set(events.map(({ header }) => header['eventname'])).size).toBe(7);
    for (const { method, path, headers } of requests) {
      expect({ method, path }).toEqual({ method: 'POST', path: '/hook?a=b' });
      expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded', 'x-token': 't', 'x-b': '' });
    }
  });

  it('loses nothing while the receiver is down', async () => {
    let isUp = false;
    const taken: Received[] = [];
    const receiver = await startReceiver((response, request) => {
      if (!isUp) return closesAtOnce(response, request);
      taken.push(request);
      return answers(200)(response, request);
    });
    const supervisord = await startSupervisord({
      sections: [recorder(), superhooks(['-u', receiver.url, '-e', 'EXITED']), BURST],
    });
    await supervisord.start('burst:*');
    const events = wanted(await recordedUntil(supervisord, 'EXITED', 'burst', 20), ['EXITED']);
    await receiver.waitFor(1);
    isUp = true;
    await until(() => taken.length >= events.length);
    expect(bodiesOf(taken)).toEqual(events.map((event) => formOf(event)));
  });

  it('loses nothing when it is killed in the middle, and goes on in order', async () => {
    const receiver = await startReceiver((response) => void setTimeout(() => response.end(), 5));
    const supervisord = await startSupervisord({
      sections: [recorder(), superhooks(['-u', receiver.url, '-e', WITH_PID.join()]), BURST],
    });
    const kill = async () => process.kill(Number((await supervisord.info('superhooks')).get('pid')), 'SIGKILL');
    await supervisord.start('burst:*');
    await receiver.waitFor(10);
    await kill();
    await recordedUntil(supervisord, 'RUNNING', 'superhooks', 2);
    await receiver.waitFor(25);
    await kill();
    await recordedUntil(supervisord, 'RUNNING', 'superhooks', 3);
    const events = wanted(await recordedUntil(supervisord, 'EXITED', 'burst', 20), WITH_PID);

    const firsts = await until(() => {
      const bodies = [...new Set(bodiesOf(receiver.requests))];
      return bodies.length >= events.length && bodies;
    });
    expect(firsts).toEqual(events.map((event) => formOf(event)));
    // What was on its way at each of both deaths may come twice.
    expect(receiver.requests.length - firsts.length).toBeLessThanOrEqual(2);
  });
});
