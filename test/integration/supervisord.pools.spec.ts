import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { answers, closeReceivers, startReceiver, type Received } from '../setup/receivers.js';
import { bodiesOf, formOf, wanted } from '../setup/superhooks-forms.js';
import {
  program,
  recorder,
  startSupervisord,
  stopSupervisords,
  superhooks,
  SUPERVISORD,
  type Recorded,
} from '../setup/supervisord.js';
import { until } from '../setup/until.js';

const SAME = { options: { priority: -1 } };
const BURST = program('burst', 'exit 3', { numprocs: 5, process_name: '%(program_name)s_%(process_num)d' });

let hooktide: Hooktide | undefined;

afterEach(async () => {
  await stopSupervisords();
  await closeReceivers();
  await hooktide?.stop();
  hooktide = undefined;
});

const exits = (events: Recorded[]) =>
  wanted(events, ['EXITED']).filter(({ payload }) => !payload.includes('groupname:bad'));
const serialsOf = (events: Recorded[]) => events.map(({ header }) => header['serial']);

/** Superhooks' part of a form of Hooktide's. */
const headOf = ({ body }: Received) => body.slice(0, body.indexOf('&type=TASK&'));

describe.skipIf(SUPERVISORD === null).each(['FAIL', 'DIE'] as const)(
  'pools of one priority, of which one answers with %s',
  (manner) => {
    it('get events again and again, and their receivers get each once', async () => {
      hooktide = await startHooktide();
      const receiver = await startReceiver();
      const webhook = await startReceiver();
      await hooktide.api('POST', '/api/webhooks', { uri: webhook.url, type: 'TASK', format: 'form' });
      const supervisord = await startSupervisord({
        sections: [
          recorder(),
          recorder({ name: 'bad', ...SAME }, manner, 6),
          recorder({ name: 'witness', ...SAME }),
          superhooks(['-u', receiver.url, '-e', 'EXITED', '--group', 'burst'], SAME),
          // Both tell the same Hooktide, each for itself.
          superhooks(['--to', hooktide.url, '-e', 'EXITED', '--group', 'burst'], { name: 'one', ...SAME }),
          superhooks(['--to', hooktide.url, '-e', 'EXITED', '--group', 'burst'], { name: 'other', ...SAME }),
          BURST,
        ],
      });
      await supervisord.start('burst:*');
      const expected = await until(async () => {
        const events = exits(await supervisord.recorded()).filter(({ payload }) => payload.includes('groupname:burst'));
        return events.length >= 5 && events.map((event) => formOf(event));
      });
      await until(() => receiver.requests.length >= 5 && webhook.requests.length >= 5);

      // What comes after shows that nothing else did.
      await supervisord.start('burst:burst_0');
      await until(() => receiver.requests.length >= 6 && webhook.requests.length >= 6);
      const witnessed = serialsOf(await supervisord.recorded('witness'));
      expect(witnessed.length).toBeGreaterThan(new Set(witnessed).size);
      expect(bodiesOf(receiver.requests).slice(0, 5).toSorted()).toEqual(expected.toSorted());
      expect(webhook.requests.map(headOf).slice(0, 5).toSorted()).toEqual(expected.toSorted());
      expect(new Set(bodiesOf(receiver.requests)).size).toBe(6);
      expect(new Set(webhook.requests.map(headOf)).size).toBe(6);
    });
  },
);

const saidBy = (folder: string, name: string) => readFile(join(folder, `${name}.err`), 'utf8').catch(() => '');

describe.skipIf(SUPERVISORD === null)('a pool of several processes', () => {
  const ONE_IN_TWO = { process_name: '%(program_name)s_%(process_num)02d', autorestart: 'false' };

  it('is refused with --to at the start, but not a single process of another name than its section', async () => {
    const receiver = await startReceiver(answers(202));
    const supervisord = await startSupervisord({
      sections: [
        superhooks(['--to', receiver.url], { name: 'pool', options: { ...ONE_IN_TWO, numprocs: 2 } }),
        superhooks(['--to', receiver.url], { name: 'single', options: { ...ONE_IN_TWO, numprocs: 1 } }),
      ],
    });
    const states = await until(async () => {
      const infos = await Promise.all(['pool:pool_00', 'pool:pool_01'].map((name) => supervisord.info(name)));
      return infos.every((members) => members.get('statename') === 'EXITED') && infos;
    });
    expect(states.map((members) => members.get('exitstatus'))).toEqual(['2', '2']);
    expect(await saidBy(supervisord.folder, 'pool')).toContain(
      'superhooks: error: --to: [eventlistener:pool] has numprocs=2, and events are shared among them: set numprocs=1\n',
    );
    await until(async () => (await saidBy(supervisord.folder, 'single')).includes('superhooks: events go to '));
    expect((await supervisord.info('single:single_00')).get('statename')).toBe('RUNNING');
  });
});
