import { afterEach, describe, expect, it } from 'vitest';
import { startHooktide, type Hooktide } from '../setup/hooktide.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { program, startSupervisord, stopSupervisords, superhooks, SUPERVISORD } from '../setup/supervisord.js';
import { until } from '../setup/until.js';
import { startWouebouc } from '../setup/wouebouc.js';

let hooktide: Hooktide;
afterEach(async () => {
  await stopSupervisords();
  await closeReceivers();
  await hooktide.stop();
});

describe.skipIf(SUPERVISORD === null)('one crash under a real supervisord', () => {
  it("reaches receivers of Sail, of Singularity and of Superhooks at once, each in its system's own words", async () => {
    hooktide = await startHooktide();
    const [sail, singularity, form] = [await startWouebouc(), await startReceiver(), await startReceiver()];
    expect((await hooktide.api('POST', '/v1/applications/shop/hook', { url: sail.url })).status).toBe(201);
    const failed = { type: 'TASK', filter: { states: ['TASK_FAILED'] } };
    await hooktide.api('POST', '/api/webhooks', { ...failed, uri: singularity.url });
    await hooktide.api('POST', '/api/webhooks', { ...failed, uri: form.url, format: 'form' });

    const supervisord = await startSupervisord({
      sections: [superhooks(['--to', hooktide.url]), program('shop', 'exit 3')],
    });
    await supervisord.start('shop');
    await Promise.all([singularity.waitFor(1), form.waitFor(1)]);
    const crashOf = () => (sail.list() as { state: string; id: string }[]).find(({ state }) => state === 'CRASHED');
    // It answers 400 to the second event of a second, though it keeps it: what follows waits for the retry after 7 seconds.
    await until(() => crashOf() !== undefined);

    const crash = crashOf();
    expect(crash).toMatchObject({
      service: 'shop',
      application: 'shop',
      prev_state: 'RUNNING',
      data: { last_exit_status: { raw_exit_status: 768, reason: 'exited', exit_status: 3 } },
      counters: { start: 1 },
    });
    const payload = JSON.parse(singularity.requests[0]?.body ?? '') as { taskUpdate: { taskId: { id: string } } };
    expect(payload.taskUpdate).toMatchObject({
      taskState: 'TASK_FAILED',
      statusMessage: 'Command exited with status 3',
    });
    expect(payload.taskUpdate.taskId.id).toBe(crash?.id);
    expect(Object.fromEntries(new URLSearchParams(form.requests[0]?.body))).toMatchObject({
      process_name: 'shop:shop',
      from_state: 'RUNNING',
      event_name: 'PROCESS_STATE_EXITED',
    });
  });
});
