import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { LoadedConfig } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import { openKeyPairs } from '../../src/signing/config-keys.js';
import { keysOfConfig } from '../../src/secrets/config-keys.js';
import { FEWEST, render, SCENARIOS, withEachHelm, type Values } from './chart.js';
import { envOf, ofKind, podsOf, type Manifest, type Pod } from './manifest.js';
import { layOut, type Secrets } from './pod.js';

/** What the guide has people write into the Secrets. */
const SECRETS: Secrets = {
  database: 'postgres://hooktide:word@db.internal:5432/hooktide?sslmode=verify-full',
  databaseReplica: 'postgres://hooktide:word@replica.internal:5432/hooktide?sslmode=verify-full',
  auth: randomBytes(32).toString('hex'),
  secrets: randomBytes(32).toString('base64'),
  signing: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  hookSlinger: randomBytes(16).toString('hex'),
  webhookQueue: randomBytes(20).toString('base64'),
  egress: 'http://user:word@proxy.internal:3128',
  tracing: 'authorization=Bearer word',
  'database-ca/ca.crt': '-----BEGIN CERTIFICATE-----',
};

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'hooktide-pod-'))));
afterEach(() => rmSync(root, { recursive: true }));

/** The config as the process of a pod would load it. */
const load = (pod: Pod, manifests: Manifest[]): LoadedConfig => loadConfig(layOut(pod, manifests, SECRETS, root), root);

const configOf = (manifests: Manifest[]): unknown =>
  parse(ofKind(manifests, 'ConfigMap').find(({ data }) => 'hooktide.yaml' in data)!.data['hooktide.yaml']!);

withEachHelm((helm) => {
  const sum = async (values: Values) => podsOf((await render(helm, { ...FEWEST, ...values })).manifests)[0]!.annotations['checksum/config']; // prettier-ignore

  describe.each(Object.keys(SCENARIOS))('%s', (scenario) => {
    it('passes the config on word for word, and each pod can start with it', async () => {
      const { manifests } = await render(helm, SCENARIOS[scenario]!);
      expect(configOf(manifests)).toEqual(SCENARIOS[scenario]!['config'] ?? {});
      const pods = podsOf(ofKind(manifests, 'Deployment'));
      for (const pod of pods) {
        const { config, warnings } = load(pod, manifests);
        expect({ owner: pod.owner, warnings }).toEqual({ owner: pod.owner, warnings: [] });
        expect(config.server).toMatchObject({ host: '0.0.0.0', drainMillis: 5000 });
        expect(config.server.port).toBe(pod.container.ports![0]!.containerPort);
        expect(config.auth.mode).toBe('token');
        expect(config.database.url?.reveal()).toBe(SECRETS['database']);
        expect(keysOfConfig(config)?.length ?? 0).toBe(scenario === 'small' ? 0 : 1);
        expect(openKeyPairs(config)).toHaveLength(scenario === 'all-on' ? 1 : 0);
      }
      expect(pods.flatMap((pod) => load(pod, manifests).config.roles).toSorted()).toEqual(['api', 'dispatch']);
    });
  });

  it('hands every secret on', async () => {
    const { manifests } = await render(helm, SCENARIOS['all-on']!);
    const { config } = load(podsOf(ofKind(manifests, 'Deployment'))[0]!, manifests);
    expect(config.database.replicaUrl?.reveal()).toBe(SECRETS['databaseReplica']);
    expect(config.auth.token?.reveal()).toBe(SECRETS['auth']);
    expect(config.hookSlinger.token?.reveal()).toBe(SECRETS['hookSlinger']);
    expect(config.webhookQueue.awsKeys?.secretAccessKey.reveal()).toBe(SECRETS['webhookQueue']);
    expect(JSON.stringify(config)).not.toContain(SECRETS['auth']);
  });

  it('keeps large numbers and words that look like something else', async () => {
    const config = {
      maxWaitingDeliveries: 10_000_000,
      maxBufferedBytes: 1_073_741_824,
      egress: { allow: ['10.0.0.0/8', '*.svc.cluster.local', ':8443'] },
      redact: { names: ['*KEY*', 'on', '0123', '1e3', 'null', '{{.Release.Name}}', '$(HOME)'] },
      log: { level: 'warn' },
    };
    const { manifests } = await render(helm, { ...FEWEST, config });
    expect(configOf(manifests)).toEqual(config);
    const loaded = load(podsOf(manifests)[0]!, manifests).config;
    expect(loaded).toMatchObject({ maxWaitingDeliveries: 10_000_000, maxBufferedBytes: 1_073_741_824 });
    expect(loaded.redact.names).toEqual(config.redact.names);
  });

  it.each<[who: string, auth: Values, mode: string]>([
    ['whoever has a JWT', { jwt: [{ issuer: 'https://issuer.example', audience: 'hooktide', scopes: [{ claim: 'sub', value: '*', scopes: ['read'] }] }] }, 'token'], // prettier-ignore
    ['whoever has a token of the database', { mode: 'token' }, 'token'],
    ['everybody, when it is said aloud', { mode: 'none' }, 'none'],
  ])('lets %s in without a Secret', async (_, auth, mode) => {
    const { manifests } = await render(helm, { database: FEWEST['database'], config: { auth } });
    expect(load(podsOf(manifests)[0]!, manifests).config.auth).toMatchObject({ mode, token: null });
  });

  it('takes secrets that other means bring as files', async () => {
    const config = { database: { urlFile: '/vault/url' }, auth: { tokenFile: '/vault/token' } };
    const [pod] = podsOf((await render(helm, { config })).manifests);
    expect(envOf(pod!.container)).not.toHaveProperty('HOOKTIDE_DATABASE_URL_FILE');
    expect(pod!.spec.volumes.map(({ name }) => name)).toEqual(['config', 'tmp']);
  });

  it('starts pods anew when the config changes, and for nothing else', async () => {
    const [before, same, other] = [await sum({}), await sum({ api: { replicas: 3 } }), await sum({ config: { maxFanOut: 5 } })]; // prettier-ignore
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(same).toBe(before);
    expect(other).not.toBe(before);
  });
});
