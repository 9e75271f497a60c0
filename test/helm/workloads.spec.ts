import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHART, FEWEST, render, SCENARIOS, withEachHelm, type Values } from './chart.js';
import { envOf, foundBy, named, ofKind, podsOf, type Manifest } from './manifest.js';

const VERSIONED = ['app.kubernetes.io/version', 'helm.sh/chart'];
const extra = (value: string) => [{ name: 'NODE_OPTIONS', value }];
const rolesOf = (manifests: Manifest[]) =>
  podsOf(ofKind(manifests, 'Deployment')).map(({ owner, container }) => [owner, envOf(container)['HOOKTIDE_ROLES']]);
const deployment = (manifests: Manifest[], name = 'hooks-hooktide-api') => named(manifests, 'Deployment', name);

withEachHelm((helm) => {
  const made = (values: Values) => render(helm, { ...FEWEST, ...values }).then(({ manifests }) => manifests);

  const budget = async (given: Values) => {
    const manifests = await made({ api: { replicas: 4, podDisruptionBudget: { enabled: true, ...given } } });
    const { minAvailable, maxUnavailable } = ofKind(manifests, 'PodDisruptionBudget')[0]!.spec;
    return { minAvailable, maxUnavailable };
  };

  describe.each(Object.keys(SCENARIOS))('%s', (scenario) => {
    const rendered = async () => (await render(helm, SCENARIOS[scenario]!)).manifests;

    it('labels all that it makes', async () => {
      const own = (await rendered()).filter(({ metadata }) => !/-(note|text)$/.test(metadata.name));
      for (const { kind, metadata } of own) {
        expect({ kind, ...metadata }).toMatchObject({
          kind,
          namespace: 'platform',
          labels: {
            'app.kubernetes.io/name': expect.stringMatching(/^(hooktide|hooks)(-test|-migrate)?$/) as string,
            'app.kubernetes.io/instance': 'hooks',
            'app.kubernetes.io/component': expect.stringMatching(/^[a-z-]+$/) as string,
            'app.kubernetes.io/part-of': 'hooktide',
            'app.kubernetes.io/managed-by': 'Helm',
            'app.kubernetes.io/version': expect.any(String) as string,
            'helm.sh/chart': expect.stringMatching(/^hooktide-\d/) as string,
          },
        });
      }
    });

    it('selects what stays the same from version to version, and only pods of that component', async () => {
      const manifests = await rendered();
      const pods = podsOf(manifests);
      for (const { metadata, spec } of ofKind(manifests, 'Deployment')) {
        expect(Object.keys(spec.selector.matchLabels).filter((label) => VERSIONED.includes(label))).toEqual([]);
        expect(foundBy(spec.selector.matchLabels, pods)).toEqual([`Deployment/${metadata.name}`]);
      }
      for (const { metadata, spec } of ofKind(manifests, 'PodDisruptionBudget')) {
        expect(foundBy(spec.selector.matchLabels, pods)).toEqual([`Deployment/${metadata.name}`]);
      }
    });

    it('names each variable, port and volume once, and mounts what there is', async () => {
      for (const { owner, spec, container } of podsOf(await rendered())) {
        const lists = [container.env, container.ports ?? [], spec.volumes].map((list) => list.map(({ name }) => name));
        for (const names of lists) expect({ owner, names }).toEqual({ owner, names: [...new Set(names)] });
        const missing = container.volumeMounts.filter(({ name }) => !lists[2]!.includes(name));
        expect({ owner, missing }).toEqual({ owner, missing: [] });
      }
    });
  });

  it('keeps its selectors through another version, other roles and other values', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hooktide-chart-'));
    try {
      cpSync(CHART, folder, { recursive: true });
      const chart = readFileSync(join(CHART, 'Chart.yaml'), 'utf8');
      writeFileSync(join(folder, 'Chart.yaml'), chart.replaceAll('0.1.0', '9.9.9+build'));
      const before = deployment(await made({}));
      const after = deployment((await render(helm, SCENARIOS['ha']!, { chart: folder })).manifests);
      expect(after.spec.selector).toEqual(before.spec.selector);
      expect(after.metadata.name).toBe(before.metadata.name);
      expect(after.metadata.labels['app.kubernetes.io/version']).toBe('9.9.9_build');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('does all in one Deployment, until dispatch has one of its own', async () => {
    expect(rolesOf(await made({}))).toEqual([['Deployment/hooks-hooktide-api', 'api,dispatch']]);
    expect(rolesOf(await made({ dispatch: { enabled: true } }))).toEqual([
      ['Deployment/hooks-hooktide-api', 'api'],
      ['Deployment/hooks-hooktide-dispatch', 'dispatch'],
    ]);
  });

  it('leaves the number of pods to the autoscaler where there is one', async () => {
    const manifests = (await render(helm, SCENARIOS['ha']!)).manifests;
    expect(deployment(manifests).spec).not.toHaveProperty('replicas');
    expect(named(manifests, 'HorizontalPodAutoscaler', 'hooks-hooktide-api').spec.scaleTargetRef.name).toBe('hooks-hooktide-api'); // prettier-ignore
    expect(deployment(manifests, 'hooks-hooktide-dispatch').spec.replicas).toBe(3);
    expect(ofKind(manifests, 'HorizontalPodAutoscaler')).toHaveLength(1);
  });

  it.each<[pods: string, api: Values, budgets: object[]]>([
    ['one pod', { replicas: 1 }, []],
    ['two pods', { replicas: 2 }, [{ maxUnavailable: 1 }]],
    ['one to six pods', { autoscaling: { enabled: true, minReplicas: 1 } }, []],
    ['two to six pods', { autoscaling: { enabled: true } }, [{ maxUnavailable: 1 }]],
    ['no pod', { replicas: 0 }, []],
  ])('for %s makes a budget that blocks no draining', async (_, api, budgets) => {
    const manifests = await made({ api: { ...api, podDisruptionBudget: { enabled: true } } });
    expect(ofKind(manifests, 'PodDisruptionBudget').map(({ spec }) => spec)).toEqual(
      budgets.map((budget) => expect.objectContaining(budget) as object),
    );
  });

  it('takes a budget by what has to be there, and by shares', async () => {
    expect(await budget({ minAvailable: 3 })).toEqual({ minAvailable: 3 });
    expect(await budget({ minAvailable: 0 })).toEqual({ minAvailable: 0 });
    expect(await budget({ maxUnavailable: '25%' })).toEqual({ maxUnavailable: '25%' });
  });

  it.each([
    ['512Mi', 384],
    ['1Gi', 768],
    ['1.5Gi', 1152],
    ['1G', 715],
    ['300M', 214],
    ['524288k', 375],
  ])('of %s leaves the heap of Node.js %d MiB', async (memory, heap) => {
    const [pod] = podsOf(await made({ api: { resources: { limits: { memory } } } }));
    expect(envOf(pod!.container)['NODE_OPTIONS']).toBe(`--max-old-space-size=${heap}`);
  });

  it.each<[config: Values, seconds: number]>([
    [{}, 35],
    [{ shutdownTimeoutMillis: 45_000 }, 60],
    [{ shutdownTimeoutMillis: 1_500_000, server: { drainMillis: 0 } }, 1510],
    [{ shutdownTimeoutMillis: 1, server: { drainMillis: 1 } }, 11],
  ])('gives a pod of %j %d seconds to end', async (config, seconds) => {
    expect(podsOf(await made({ config }))[0]!.spec.terminationGracePeriodSeconds).toBe(seconds);
  });

  it('lets no label of others replace those that selectors go by', async () => {
    const podLabels = { 'app.kubernetes.io/component': 'mine', 'example.com/team': 'platform' };
    const [pod] = podsOf(await made({ podLabels, api: { podLabels: { 'example.com/team': 'web' } } }));
    expect(pod!.labels).toMatchObject({ 'app.kubernetes.io/component': 'api', 'example.com/team': 'web' });
  });

  it('leaves ids to a platform that chooses them', async () => {
    const ids = { runAsUser: null, runAsGroup: null, fsGroup: null };
    const [pod] = podsOf(await made({ podSecurityContext: ids }));
    expect(Object.keys(pod!.spec.securityContext).toSorted()).toEqual([
      'fsGroupChangePolicy',
      'runAsNonRoot',
      'seccompProfile',
    ]);
  });

  it('lets extraEnv win over its own variables', async () => {
    const [pod] = podsOf(await made({ api: { extraEnv: extra('--inspect') }, extraEnv: extra('--no-warnings') }));
    expect(pod!.container.env.filter(({ name }) => name === 'NODE_OPTIONS')).toEqual(extra('--inspect'));
  });

  it('spreads the pods of this Deployment, unless it is told which', async () => {
    const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' };
    const labelSelector = { matchLabels: { mine: 'yes' } };
    const manifests = await made({ api: { topologySpreadConstraints: [spread, { ...spread, labelSelector }] } });
    const { selector, template } = deployment(manifests).spec;
    expect(template.spec.topologySpreadConstraints).toEqual([
      { ...spread, labelSelector: { matchLabels: selector.matchLabels } },
      { ...spread, labelSelector },
    ]);
  });

  it.each([
    ['a'.repeat(53), {}],
    ['hooktide', { fullnameOverride: 'x'.repeat(63) }],
    ['hooks', { nameOverride: 'y'.repeat(63) }],
  ])('keeps names and labels within 63 characters (%s)', async (release, names) => {
    const { manifests } = await render(helm, { ...SCENARIOS['all-on'], ...names }, { release });
    const labels = [...manifests.map(({ metadata }) => metadata), ...podsOf(manifests)].flatMap((holder) =>
      Object.values(holder.labels ?? {}),
    );
    const texts = [...manifests.map(({ metadata }) => metadata.name), ...labels];
    expect(texts.filter((text) => !/^[a-z0-9]([-._\w]{0,61}[a-z0-9])?$/i.test(text))).toEqual([]);
    const ids = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
