import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, FEWEST, render, SCENARIOS, withEachHelm } from './chart.js';
import { envOf, foundBy, named, ofKind, podsOf, type Manifest, type Peer } from './manifest.js';

const SERVING = ['Deployment/hooks-api', 'Deployment/hooks-dispatch'];

const service = (manifests: Manifest[], name: string) => named(manifests, 'Service', name).spec;
const hooksOf = (manifests: Manifest[]) =>
  manifests.flatMap(({ metadata }) => metadata.annotations?.['helm.sh/hook'] ?? []);

/** The pods that a network policy names in one of its directions. */
const peersOf = (rules: { from?: Peer[]; to?: Peer[] }[]) =>
  rules
    .flatMap(({ from = [], to = [] }) => [...from, ...to])
    .flatMap(({ podSelector }) => (podSelector ? [podSelector.matchLabels] : []));

withEachHelm((helm) => {
  const sources = async (job: object) => {
    const values = { ...SCENARIOS['all-on'], migrations: { mode: 'job', job } };
    const { manifests } = await render(helm, values);
    const { volumes } = podsOf(ofKind(manifests, 'Job'))[0]!.spec;
    return volumes.flatMap(({ projected }) => projected?.sources ?? []).map(({ secret }) => secret);
  };
  const allOn = async () => (await render(helm, SCENARIOS['all-on']!)).manifests;

  it('serves the API from those pods that take updates in, and has the metrics of all', async () => {
    const manifests = await allOn();
    const pods = podsOf(manifests);
    expect(foundBy(service(manifests, 'hooks').selector, pods)).toEqual(['Deployment/hooks-api']);
    expect(foundBy(service(manifests, 'hooks-metrics').selector, pods)).toEqual(SERVING);
    expect(foundBy(named(manifests, 'NetworkPolicy', 'hooks').spec.podSelector.matchLabels, pods)).toEqual(SERVING);
    expect(pods[0]!.container.ports).toEqual([{ name: 'http', containerPort: 8443, protocol: 'TCP' }]);
    expect(service(manifests, 'hooks').ports).toMatchObject([{ name: 'http', port: 8080, targetPort: 'http' }]);
  });

  it('leads routes from outside to that Service', async () => {
    const manifests = await allOn();
    const backends = (kind: string) => JSON.stringify(named(manifests, kind, 'hooks').spec);
    expect(backends('Ingress')).toContain('"backend":{"service":{"name":"hooks","port":{"name":"http"}}}');
    expect(backends('HTTPRoute')).toContain('"backendRefs":[{"name":"hooks","port":8080}]');
  });

  it('tells Prometheus of one Service only, with its token', async () => {
    const manifests = await allOn();
    const { selector, endpoints } = named(manifests, 'ServiceMonitor', 'hooks').spec;
    const monitored = ofKind(manifests, 'Service').filter(({ metadata }) =>
      Object.entries(selector.matchLabels).every(([key, value]) => metadata.labels[key] === value),
    );
    expect(monitored.map(({ metadata }) => metadata.name)).toEqual(['hooks-metrics']);
    expect(endpoints).toMatchObject([
      {
        port: 'http',
        path: '/metrics',
        authorization: { type: 'Bearer', credentials: { name: 'hooktide-metrics-token', key: 'token' } },
      },
    ]);
  });

  it('passes alerts and dashboards on as they are', async () => {
    const manifests = await allOn();
    const rules = parse(readFileSync(join(CHART, 'rules', 'hooktide.yaml'), 'utf8')) as { groups: unknown };
    expect(named(manifests, 'PrometheusRule', 'hooks').spec.groups).toEqual(rules.groups);
    const dashboards = named(manifests, 'ConfigMap', 'hooks-dashboards');
    expect(dashboards.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(dashboards.data).toEqual({
      'hooktide.json': readFileSync(join(CHART, 'dashboards', 'hooktide.json'), 'utf8'),
    });
  });

  it('migrates in a job that needs nothing which the chart makes', async () => {
    const manifests = await allOn();
    const job = named(manifests, 'Job', 'hooks-migrate');
    expect(job.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    const { spec, container } = podsOf([job])[0]!;
    expect(container.command).toEqual(['hooktide', 'migrate']);
    expect(spec.serviceAccountName).toBe('default');
    const made = manifests.filter(({ metadata }) => !metadata.annotations?.['helm.sh/hook']);
    const names = made.filter(({ kind }) => kind !== 'ServiceAccount').map(({ metadata }) => `"${metadata.name}"`);
    for (const name of names) expect(JSON.stringify(spec)).not.toContain(name);
    for (const pod of podsOf(ofKind(manifests, 'Deployment'))) {
      expect(envOf(pod.container)).toMatchObject({ HOOKTIDE_DATABASE_MIGRATE_AT_START: 'false' });
    }
  });

  it('gives the job the url of the database and no other secret, that of another role if there is one', async () => {
    const authority = { name: 'hooktide-database-ca', items: [{ key: 'ca.crt', path: 'database-ca/ca.crt' }] };
    expect(await sources({})).toEqual([
      { name: 'hooktide-database', items: [{ key: 'uri', path: 'database' }] },
      authority,
    ]);
    expect(await sources({ existingSecret: 'owner' })).toEqual([
      { name: 'owner', items: [{ key: 'url', path: 'database' }] },
      authority,
    ]);
  });

  it('has no hook but the test, unless migrations are a job', async () => {
    expect(hooksOf((await render(helm, FEWEST)).manifests)).toEqual(['test']);
    expect(hooksOf((await render(helm, { ...FEWEST, test: { enabled: false } })).manifests)).toEqual([]);
  });

  it('lets the test reach the API, and deliveries the test', async () => {
    const manifests = await allOn();
    const pods = podsOf(manifests);
    const [serving] = pods;
    const test = pods.find(({ owner }) => owner === 'Pod/hooks-test')!;
    const { HOOKTIDE, RECEIVER, TOKEN_FILE } = envOf(test.container);
    expect(HOOKTIDE).toBe('http://hooks.platform.svc:8080');
    expect(RECEIVER).toBe('http://hooks-test.platform.svc:8080');
    expect(JSON.parse(envOf(serving!.container)['HOOKTIDE_EGRESS_ALLOW']!)).toEqual([
      '10.20.0.0/16',
      'hooks-test.platform.svc:8080',
    ]);
    expect(foundBy(service(manifests, 'hooks-test').selector, pods)).toEqual([test.owner]);
    expect(TOKEN_FILE).toBe('/run/hooktide/token');
    expect(test.spec.volumes.find(({ name }) => name === 'token')?.secret).toMatchObject({
      secretName: 'hooktide-token',
      items: [{ key: 'token', path: 'token' }],
    });
    const policy = named(manifests, 'NetworkPolicy', 'hooks').spec;
    for (const peers of [peersOf(policy.ingress), peersOf(policy.egress)]) {
      expect(peers.flatMap((labels) => foundBy(labels, pods))).toEqual([test.owner]);
    }
    // Kubernetes would fill "$(…)" with variables.
    expect(test.container.args?.join()).not.toContain('$(');
    expect(test.container.args).toEqual([readFileSync(join(CHART, 'files', 'update-arrives.mjs'), 'utf8')]);
  });

  it('opens no door for a test that is switched off', async () => {
    const { manifests } = await render(helm, { ...FEWEST, test: { enabled: false }, networkPolicy: { enabled: true } });
    expect(envOf(podsOf(manifests)[0]!.container)).not.toHaveProperty('HOOKTIDE_EGRESS_ALLOW');
    expect(JSON.stringify(manifests)).not.toContain('hooks-hooktide-test');
  });

  it('fills the templates in extra objects', async () => {
    const manifests = await allOn();
    expect(named(manifests, 'ConfigMap', 'hooks-note').data).toEqual({ 'installed-as': 'hooks' });
    expect(named(manifests, 'ConfigMap', 'hooks-text')).toBeDefined();
  });
});
