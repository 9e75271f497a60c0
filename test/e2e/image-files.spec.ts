import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';
import { CHECKOUT, succeed } from '../setup/image.js';

interface Service {
  environment: Record<string, string | number>;
  secrets?: string[];
  ports?: string[];
  stop_grace_period?: string;
  depends_on?: Record<string, unknown>;
}

interface Compose {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
}

const read = (name: string): Promise<string> => readFile(join(CHECKOUT, name), 'utf8');

/** The lines of the comment at its top that are to be typed, up to the one that starts everything. */
function preparationIn(compose: string): string {
  const lines = [...compose.matchAll(/^# {3}(\S.*)$/gm)].map(([, line = '']) => line);
  return lines
    .slice(
      0,
      lines.findIndex((line) => line.startsWith('docker compose')),
    )
    .join('\n');
}

describe('compose.yaml', () => {
  let folder: string;
  let compose: Compose;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hooktide-compose-'));
    compose = parse(await read('compose.yaml'), { merge: true }) as Compose;
    await succeed('sh', ['-euc', preparationIn(await read('compose.yaml'))], { cwd: folder });
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What a service reads, with the files that the comment has made. */
  function configOf(name: string): Config {
    const { environment = {}, secrets = [] } = compose.services[name] ?? {};
    const fileOf = (secret: string): string => join(folder, compose.secrets[secret]?.file ?? 'missing');
    const env = Object.entries(environment).map(([variable, value]) => {
      const [, standard] = /^\$\{\w+:-(.*)\}$/.exec(String(value)) ?? [];
      const secret = secrets.find((one) => value === `/run/secrets/${one}`);
      return [variable, secret === undefined ? (standard ?? String(value)) : fileOf(secret)];
    });
    return loadConfig({ HOOKTIDE_SERVER_HOST: '0.0.0.0', ...(Object.fromEntries(env) as NodeJS.ProcessEnv) }).config;
  }

  it.each([
    ['app', ['api']],
    ['worker', ['dispatch']],
  ])('starts %s in the roles %j, with a database, a token and a key', (name, roles) => {
    const { auth, database, secrets, egress, ...config } = configOf(name);
    expect(config.roles).toEqual(roles);
    expect(database.url?.reveal()).toMatch(/^postgres:\/\/hooktide:[\da-f]{64}@postgres:5432\/hooktide$/);
    expect(auth.mode).toBe('token');
    expect(secrets.keys?.reveal()).toMatch(/^[\w+/]{43}=$/);
    expect(JSON.stringify(egress.allow)).toContain('echo');
  });

  it('lets both be scaled: the front alone has a port of the machine, on loopback', () => {
    const published = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name, { ports }]) => [name, ports])).toEqual([['front', ['127.0.0.1:7099:7099']]]);
  });

  it.each(['app', 'worker'])('gives %s the time to end what is under way', (name) => {
    const grace = /^(\d+)s$/.exec(compose.services[name]?.stop_grace_period ?? '')?.[1];
    const { server, shutdownTimeoutMillis } = configOf(name);
    expect(Number(grace) * 1000).toBeGreaterThan(server.drainMillis + shutdownTimeoutMillis);
  });
});

describe('the Dockerfile', () => {
  it('labels the image with the version of the package', async () => {
    const { version } = JSON.parse(await read('package.json')) as { version: string };
    expect(await read('Dockerfile')).toContain(`\nARG VERSION=${version}\n`);
  });
});
