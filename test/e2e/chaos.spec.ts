import { expect, it } from 'vitest';
import { runChaos } from '../setup/chaos.js';

it('25 seconds of faults lose nothing, reorder nothing, and leave no duplicate unexplained', async () => {
  const { code, summary, report } = await runChaos('--seed', '1', '--seconds', '25');
  expect({ ...summary, code, report }).toMatchObject({
    code: 0,
    lost: 0,
    outOfOrder: 0,
    wrongWebhook: 0,
    wrongBytes: 0,
    unexplained: 0,
    unsettled: 0,
    surprises: [],
    findings: [],
  });
  expect(Object.keys(summary.faults).length).toBeGreaterThan(10);
  expect(summary.owed).toBeGreaterThan(summary.accepted);
}, 600_000);
