import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, FEWEST, KUBERNETES, lint, render, SCENARIOS, withEachHelm } from './chart.js';
import { conform, KUBECONFORM } from './conform.js';
import { ofKind } from './manifest.js';

withEachHelm((helm) => {
  it.each(Object.keys(SCENARIOS))('of the scenario %s has nothing that helm lint finds', async (scenario) => {
    for (const kubernetes of KUBERNETES) {
      expect(await lint(helm, SCENARIOS[scenario]!, kubernetes)).toContain('0 chart(s) failed');
    }
  });

  it.skipIf(KUBECONFORM === null).each(KUBERNETES)(
    'makes what Kubernetes %s takes, of every scenario',
    async (version) => {
      const all = await Promise.all(
        Object.values(SCENARIOS).map((values) => render(helm, values, { kubernetes: version })),
      );
      const count = all.flatMap(({ manifests }) => manifests).length;
      const summary = await conform(KUBECONFORM!, all.map(({ text }) => text).join('\n---\n'), version);
      expect(summary).toContain(`Valid: ${count}, Invalid: 0, Errors: 0, Skipped: 0`);
    },
  );

  it('refuses a Kubernetes that is too old, and takes the versions of clouds', async () => {
    await expect(render(helm, FEWEST, { kubernetes: '1.26.9' })).rejects.toThrow('>=1.27.0');
    expect((await render(helm, FEWEST, { kubernetes: '1.31.2-eks-1234567' })).manifests).not.toEqual([]);
  });

  it.each(Object.keys(SCENARIOS))('makes the same bytes of the scenario %s each time', async (scenario) => {
    const [first, second] = await Promise.all([1, 2].map(() => render(helm, SCENARIOS[scenario]!)));
    expect(first!.text).toBe(second!.text);
  });

  it('does without alerts and dashboards, where there are none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hooktide-chart-'));
    try {
      cpSync(CHART, folder, { recursive: true });
      for (const name of ['rules', 'dashboards']) {
        rmSync(join(folder, name), { recursive: true, force: true });
        mkdirSync(join(folder, name));
      }
      const { manifests } = await render(helm, SCENARIOS['all-on']!, { chart: folder });
      expect(ofKind(manifests, 'PrometheusRule')).toEqual([]);
      expect(ofKind(manifests, 'ServiceMonitor')).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const manifest = (spec: object) => JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', spec });

const file = (path: string): unknown => parse(readFileSync(join(CHART, path), 'utf8'));

it('the chart installs the build that it lies beside', () => {
  const { version } = file('../package.json') as { version: string };
  expect(file('Chart.yaml')).toMatchObject({ apiVersion: 'v2', appVersion: version });
});

it.skipIf(KUBECONFORM === null)('the schemas refuse a field that no Kubernetes knows', async () => {
  const template = { spec: { containers: [] } };
  const right = { selector: {}, template };
  expect(await conform(KUBECONFORM!, manifest(right), KUBERNETES[1])).toContain('Valid: 1');
  await expect(conform(KUBECONFORM!, manifest({ ...right, replicaz: 1 }), KUBERNETES[1])).rejects.toThrow('replicaz');
});
