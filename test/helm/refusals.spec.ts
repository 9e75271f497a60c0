import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, FEWEST, refusal, withEachHelm, type Values } from './chart.js';

const database = FEWEST['database'];
const config = (given: Values): Values => ({ ...FEWEST, config: given });
const budget = { enabled: true, minAvailable: 1, maxUnavailable: 1 };

withEachHelm((helm) => {
  it.each<[what: string, values: Values, sentence: string]>([
    ['nothing', {}, 'database.existingSecret is missing: name a Secret whose key "url" holds the url of a Postgres'],
    ['no token', { database }, 'auth.existingSecret is missing: name a Secret whose key "token" holds a token'],
    ['nobody who may call', { database, config: { auth: { jwt: [] } } }, 'auth.existingSecret is missing'],
    ['a token for nobody', config({ auth: { mode: 'none' } }), 'config.auth.mode is none although there is a token'],
    ['roles', config({ roles: ['api'] }), 'config.roles is not for here: dispatch.enabled says'],
    ['both ends of a budget', { ...FEWEST, api: { podDisruptionBudget: budget } }, 'write one of them'],
    ['too short an end', { ...FEWEST, api: { terminationGracePeriodSeconds: 25 } }, 'a pod may take 25 seconds to end'],
    ['the url', config({ database: { url: 'postgres://u:p@h/d' } }), 'config.database.url is secret, and a ConfigMap'],
    [
      'a replica',
      config({ database: { replicaUrl: 'postgres://u:p@h/d' } }),
      'name that by databaseReplica.existingSecret',
    ],
    ['sealing keys', config({ secrets: { keys: 'x' } }), 'name that by secrets.existingSecret'],
    ['signing keys', config({ signing: { keys: 'x' } }), 'name that by signing.existingSecret'],
    ['a token', config({ hookSlinger: { apiToken: 'x' } }), 'name that by hookSlinger.existingSecret'],
    ['a key of AWS', config({ webhookQueue: { awsSecretKey: 'x' } }), 'name that by webhookQueue.existingSecret'],
    ['a proxy', config({ egress: { proxy: 'http://u:p@proxy:3128' } }), 'name that by egress.existingSecret'],
    ['headers', config({ tracing: { headers: 'a=b' } }), 'name that by tracing.existingSecret'],
  ])('refuses %s in one sentence', async (_, values, sentence) => {
    const said = await refusal(helm, values);
    expect(said).toContain(sentence);
    expect(said).not.toContain('u:p@');
  });

  it.each<[where: string, values: Values]>([
    ['at the top', { databse: { existingSecret: 'x' } }],
    ['in a section', { database: { existingSecret: 'x', existingsecret: 'y' } }],
    ['in a workload', { api: { replica: 2 } }],
    ['in autoscaling', { dispatch: { autoscaling: { min: 1 } } }],
    ['in a probe', { probes: { startup: { failureTreshold: 3 } } }],
    ['in monitoring', { metrics: { serviceMonitor: { on: true } } }],
    ['in a network policy', { networkPolicy: { egress: { port: 1 } } }],
  ])('refuses a typo %s', async (_, typo) => {
    expect(await refusal(helm, { ...FEWEST, ...typo })).toMatch(/additional ?propert/i);
  });

  it.each<[what: string, values: Values]>([
    ['a number of pods in words', { api: { replicas: 'two' } }],
    ['memory without a unit', { api: { resources: { limits: { memory: 536870912 } } } }],
    ['a mode that there is not', { migrations: { mode: 'hook' } }],
    ['a digest without its algorithm', { image: { digest: '0123' } }],
    ['a port that there is not', { service: { port: 70000 } }],
    ['an address that is no range', { networkPolicy: { egress: { except: ['169.254.169.254'] } } }],
    ['a config that is a text', { config: 'server: {}' }],
    ['a secret in the place of its name', { auth: { existingSecret: { token: 'x' } } }],
  ])('refuses %s', async (_, wrong) => {
    expect(await refusal(helm, { ...FEWEST, ...wrong })).toContain(
      "values don't meet the specifications of the schema",
    );
  });
});

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
}

/** The paths that a schema names and that the values don't have. */
function missing({ $ref, properties = {} }: Schema, values: unknown, path: string[], root: Schema): string[] {
  if ($ref !== undefined) {
    const [, folder = '', name = ''] = $ref.split('/');
    const target = (root as Record<string, Record<string, Schema>>)[folder]?.[name];
    return missing(target!, values, path, root);
  }
  return Object.entries(properties).flatMap(([key, inside]) => {
    const here = [...path, key];
    const map = values as Record<string, unknown>;
    return key in map ? missing(inside, map[key], here, root) : [here.join('.')];
  });
}

it('the values that the schema takes all stand in values.yaml, with their defaults', () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
  const values: unknown = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'), { merge: true });
  const notShown = /^global$|\.resources\.|^probes\.\w+\.(initialDelay|success|termination)/;
  expect(missing(schema, values, [], schema).filter((path) => !notShown.test(path))).toEqual([]);
});
