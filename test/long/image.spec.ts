import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { call } from '../setup/hooktide.js';
import { CHECKOUT, freePort, type Container, type Image, type Setting } from '../setup/image.js';
import { buildImage, missingForDocker } from '../setup/image-docker.js';
import { layOutImage } from '../setup/image-layout.js';
import { closeReceivers, startReceiver } from '../setup/receivers.js';
import { bearing, OPERATOR } from '../setup/tokens.js';
import { until } from '../setup/until.js';
import { requestUpdate } from '../setup/updates.js';

const LAYOUT_MILLIS = 400_000;
const BUILD_MILLIS = 900_000;
const TEST_MILLIS = 180_000;
const UP_MILLIS = 120_000;
const SHUTDOWN_MILLIS = 20_000;
const MOST_BYTES = 100_000_000;

const TOP = ['LICENSE', 'bin', 'config', 'dist', 'node_modules', 'package.json', 'scripts'];

/** Lists the image's own files with their sizes; then where it could write. */
const LIST = `const { readdirSync, statSync } = require('node:fs');
  const files = readdirSync('.', { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = files.map((entry) => require('node:path').join(entry.parentPath, entry.name));
  console.log(JSON.stringify(paths.map((path) => [path, statSync(path).size])));`;
const WRITE = `const { writeFileSync } = require('node:fs');
  for (const path of ['new', 'package.json', 'dist/new', 'node_modules/new', 'config/default.yaml'])
    try { writeFileSync(path, ''); console.log(path); } catch {}`;

interface Lock {
  packages: Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;
}

const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readFile(join(CHECKOUT, name), 'utf8')) as T;

const isWithDocker = process.env['HOOKTIDE_TEST_DOCKER'] === '1';
if (!isWithDocker) {
  process.stderr.write(
    'SKIPPED: the tests with an image that an engine builds. HOOKTIDE_TEST_DOCKER=1 runs them: with a running Docker, ' +
      'or as root on Debian with docker.io and debootstrap.\n',
  );
}

/** No registry: there is nothing to make an image from, and nothing that is wrong with it. */
const NO_REGISTRY = /\b(ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/;

async function layOutOrSkip(): Promise<Image | null> {
  try {
    return await layOutImage();
  } catch (error) {
    if (process.env['CI'] === 'true' || !NO_REGISTRY.test(String(error))) throw error;
    process.stderr.write('SKIPPED: the tests of the image: npm reaches no registry, and has not all in its cache.\n');
    return null;
  }
}

function buildOrFail(): Promise<Image> {
  const missing = missingForDocker();
  if (missing !== null) throw new Error(`HOOKTIDE_TEST_DOCKER is 1, and there is none: ${missing}`);
  return buildImage();
}

/** Without an engine, only root can run it as its own user. */
const isRoot = process.getuid?.() === 0;

describe('the image, laid out by the steps of its Dockerfile', { timeout: TEST_MILLIS }, () => {
  behaves({ millis: LAYOUT_MILLIS, open: layOutOrSkip, isConfined: isRoot });
});

describe.runIf(isWithDocker)('the image, built by an engine', { timeout: TEST_MILLIS }, () => {
  behaves({ millis: BUILD_MILLIS, open: buildOrFail, isConfined: true });
});

interface Opening {
  /** How long it may take to make it, and to remove it. */
  millis: number;
  /** Null: it can't be had here. */
  open: () => Promise<Image | null>;
  /** Whether it runs as the user of the image, on read-only disks. */
  isConfined: boolean;
}

function behaves({ millis, open, isConfined }: Opening): void {
  let image: Image | null = null;
  let database: TestDatabase;
  /** With a token and a config file. */
  let mount: string;
  beforeAll(async () => {
    image = await open();
    database = await createTestDatabase();
    mount = await mkdtemp(join(tmpdir(), 'hooktide-mount-'));
    await chmod(mount, 0o755);
    await writeFile(join(mount, 'token'), OPERATOR);
  }, millis);
  afterEach(closeReceivers);
  afterAll(async () => {
    await image?.remove();
    await database.drop();
    await rm(mount, { recursive: true });
  }, millis);

  const opened = (context: TestContext): Image => image ?? context.skip('it could not be laid out');

  /** Starts it and waits until it says itself that it is healthy. */
  async function start(context: TestContext, env: Record<string, string>): Promise<Container> {
    const common = { DATABASE_URL: database.url, HOOKTIDE_AUTH_TOKEN_FILE: join(mount, 'token') };
    const setting: Setting = { env: { ...common, HOOKTIDE_EGRESS_ALLOW: '127.0.0.0/8', ...env }, mount };
    const container = await opened(context).start(setting);
    const isUp = async () => (await container.log()).includes('"service.started"') && container.isHealthy();
    await until(isUp, UP_MILLIS).catch(async (cause: unknown) => {
      throw new Error(`It did not get healthy: ${await container.log()}`, { cause });
    });
    return container;
  }

  async function startOnPort(context: TestContext, env: Record<string, string> = {}) {
    const port = await freePort();
    const container = await start(context, { HOOKTIDE_SERVER_PORT: String(port), ...env });
    const by = (method: string, path: string, body?: unknown) =>
      call(`http://127.0.0.1:${port}`, method, path, body, bearing(OPERATOR));
    return { ...container, by };
  }

  it('is healthy by its own check, where the environment or a file says that it listens', async (context) => {
    const [inFile, inVariable] = [await freePort(), await freePort()];
    await writeFile(join(mount, 'hooktide.yaml'), `server: { port: ${inFile} }\n`);
    const file = { HOOKTIDE_CONFIG: join(mount, 'hooktide.yaml') };
    const variables = { HOOKTIDE_SERVER_PORT: String(inVariable), HOOKTIDE_SERVER_HOST: '127.0.0.1' };
    const containers = await Promise.all([start(context, file), start(context, { ...file, ...variables })]);
    for (const port of [inFile, inVariable]) {
      expect((await call(`http://127.0.0.1:${port}`, 'GET', '/healthz')).status).toBe(200);
    }
    await Promise.all(containers.map((container) => container.stop()));
  });

  it('says where it asked in vain when nobody listens', async (context) => {
    const port = await freePort();
    const env = { HOOKTIDE_SERVER_PORT: String(port), HOOKTIDE_AUTH_MODE: 'none' };
    const { code, stdout } = await opened(context).run(['node', 'scripts/image/healthcheck.mjs'], { env });
    const complaint = `http://127.0.0.1:${port}/healthz: connect ECONNREFUSED 127.0.0.1:${port}\n`;
    expect({ code, stdout }).toEqual({ code: 1, stdout: complaint });
  });

  it('takes an update in one role and delivers it in the other, and serves the documents', async (context) => {
    const receiver = await startReceiver();
    const [api, dispatch] = await Promise.all([
      startOnPort(context, { HOOKTIDE_ROLES: 'api' }),
      startOnPort(context, { HOOKTIDE_ROLES: 'dispatch' }),
    ]);
    expect((await api.by('POST', '/api/webhooks', { uri: receiver.url, type: 'REQUEST' })).json).toBe('CREATED');
    const update = requestUpdate('from-the-image');
    expect((await api.by('POST', '/api/updates', update)).status).toBe(202);
    const [arrived] = await receiver.waitFor(1);
    expect(JSON.parse(arrived?.body ?? '')).toEqual(update.payload);
    const page = await api.by('GET', '/docs/');
    const files = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, name = '']) => name);
    expect(files).toContain('swagger-ui-bundle.js');
    for (const name of files) expect((await api.by('GET', `/docs/${name}`)).status).toBe(200);
    await Promise.all([api.stop(), dispatch.stop()]);
  });

  it('ends with 0 at SIGTERM, when what is under way has arrived', async (context) => {
    const container = await startOnPort(context);
    let answered = 0;
    const receiver = await startReceiver((response) => {
      setTimeout(() => response.end(() => (answered += 1)), 1_000);
    });
    await container.by('POST', '/api/webhooks', { uri: receiver.url, type: 'REQUEST' });
    await container.by('POST', '/api/updates', requestUpdate('under-way'));
    await receiver.waitFor(1);
    const { code, millis } = await container.stop();
    expect({ code, answered }).toEqual({ code: 0, answered: 1 });
    expect(millis).toBeLessThan(SHUTDOWN_MILLIS);
    expect(await container.log()).toContain('"service.stopped"');
  });

  it.runIf(isConfined)('runs as a user with a high number, who can write none of its files', async (context) => {
    const ids = 'console.log(process.getuid(), process.getgid())';
    expect((await opened(context).run(['node', '-e', ids])).stdout).toBe('10001 10001\n');
    expect((await opened(context).run(['node', '-e', WRITE])).stdout).toBe('');
  });

  it('holds what the service runs with and nothing else', async (context) => {
    const { stdout } = await opened(context).run(['node', '-e', LIST]);
    const files = JSON.parse(stdout) as [string, number][];
    const paths = files.map(([path]) => path);
    expect(new Set(paths.map((path) => path.split('/')[0]))).toEqual(new Set(TOP));
    const own = paths.filter((path) => !path.startsWith('node_modules/'));
    expect(own.filter((path) => /\.spec\.|\.tsx?$/.test(path))).toEqual([]);
    expect(own.filter((path) => path.startsWith('config/'))).toEqual(['config/default.yaml']);
    expect(own.filter((path) => path.startsWith('scripts/'))).toEqual(['scripts/image/healthcheck.mjs']);
    expect(paths.filter((path) => /^node_modules\/.*\.(map|ts)$/.test(path))).toEqual([]);
    expect(files.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(MOST_BYTES);
  });

  it('has no package that is there for development, and no Postgres', async (context) => {
    const { stdout } = await opened(context).run(['node', '-e', LIST]);
    const paths = new Set((JSON.parse(stdout) as [string, number][]).map(([path]) => path));
    const { packages } = await readJson<Lock>('package-lock.json');
    const installed = Object.entries(packages).filter(([path]) => paths.has(`${path}/package.json`));
    expect(installed.length).toBeGreaterThan(100);
    const needless = installed.filter(([, { dev, optional, devOptional }]) => dev ?? optional ?? devOptional);
    expect(needless.map(([path]) => path)).toEqual([]);
  });

  it('has the command line beside the service', async (context) => {
    const { version } = await readJson<{ version: string }>('package.json');
    const said = await opened(context).run(['hooktide', '--version']);
    expect(said).toMatchObject({ code: 0, stdout: `${version}\n` });
    expect(await opened(context).run(['superhooks', '--help'])).toMatchObject({ code: 0 });
  });

  it('ends with 2, and says what to write, where no database is named', async (context) => {
    const { code, stderr } = await opened(context).run([], { env: { HOOKTIDE_AUTH_MODE: 'none' } });
    expect(code).toBe(2);
    expect(stderr).toContain('Name a Postgres of your own in DATABASE_URL');
  });
}
