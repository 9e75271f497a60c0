import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openMetrics } from '../../src/open-metrics.js';
import { createLog } from '../../src/telemetry/log.js';
import { findProgram } from '../setup/program.js';

const PROMTOOL = findProgram({
  name: 'promtool',
  variable: 'HOOKTIDE_TEST_PROMTOOL',
  hint: "install Debian's package prometheus, or `go install github.com/prometheus/prometheus/cmd/promtool@latest`",
});
const RULES = 'helm/rules/hooktide.yaml';
const TESTS = 'test/alerts/hooktide.test.yaml';

/** What it prints; it throws where promtool finds a fault. */
const promtool = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(PROMTOOL ?? 'promtool', args)).stdout;

interface Alert {
  alert: string;
  annotations: { runbook: string };
}
interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[];
}
const read = async (path: string): Promise<unknown> => parse(await readFile(path, 'utf8'), { merge: true });
const { groups } = (await read(RULES)) as { groups: { rules: Alert[] }[] };
const { tests } = (await read(TESTS)) as { tests: RuleTest[] };
const alerts = groups.flatMap(({ rules }) => rules);

/** By the names that a query may use: a histogram has three. */
const metrics = openMetrics(createLog({ level: 'error', format: 'json' }), 0)
  .metrics.describe()
  .flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]);

describe.each([RULES, 'helm/dashboards/hooktide.json', 'docs/metrics.md', 'docs/nothing-arrives.md'])('%s', (path) => {
  it('asks for metrics that there are', async () => {
    const asked = (await readFile(path, 'utf8')).match(/\bhooktide_[a-z_]+[a-z]\b/g) ?? [];
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !metrics.includes(name))).toEqual([]);
  });
});

describe('the alerts', () => {
  it.each(alerts.map(({ alert }) => alert))(
    '%s is seen to fire, and to leave a service alone that is well',
    (alert) => {
      const cases = tests.flatMap((test) => test.alert_rule_test).filter(({ alertname }) => alertname === alert);
      expect(cases.some(({ exp_alerts }) => exp_alerts !== undefined)).toBe(true);
      expect(cases.some(({ exp_alerts }) => exp_alerts === undefined)).toBe(true);
    },
  );

  it.each(alerts)('$alert names a place of a page that says what to do', async ({ annotations }) => {
    const [page = '', anchor] = annotations.runbook.split('#');
    expect(await readFile(page, 'utf8')).toContain(`<a id="${anchor}"></a>`);
  });

  it.skipIf(!PROMTOOL)('are rules that Prometheus takes', async () => {
    expect(await promtool('check', 'rules', RULES)).toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  it.skipIf(!PROMTOOL)('fire when they should, and only then', async () => {
    expect(await promtool('test', 'rules', TESTS)).toContain('SUCCESS');
  });

  it.skipIf(!PROMTOOL)('are tested by what fails when one is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hooktide-alerts-'));
    const rules = await readFile(RULES, 'utf8');
    const cases = (await readFile(TESTS, 'utf8')).replace('../../helm/rules/hooktide.yaml', 'rules.yaml');
    await writeFile(join(folder, 'tests.yaml'), cases);
    await writeFile(join(folder, 'rules.yaml'), rules.replace('> 900', '> 9000'));
    await expect(promtool('test', 'rules', join(folder, 'tests.yaml'))).rejects.toThrow('HooktideBacklogOld');
    await rm(folder, { recursive: true });
  });
});
