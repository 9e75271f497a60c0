import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { watch } from './canary.js';
import { CHECKOUT, execute, GRACE_SECONDS, succeed, type Container, type Image, type Setting } from './image.js';

const BASE = /^ARG BASE_IMAGE=(\S+)$/m;
const LOCAL_BASE = 'hooktide-base';
const PULL_MILLIS = 120_000;
const TAG = 'hooktide:test';

/** The check of the image, more often than the image has it, and with patience for a busy machine. */
const CHECKED = ['--health-interval=2s', '--health-timeout=60s'];

/** What every container gets, besides what is named for one. */
const CONFINED = ['--network=host', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

/** What is missing here for an engine, and where to get it; null: nothing. */
export function missingForDocker(): string | null {
  if (dockerOnPath() === null)
    return 'a docker with BuildKit: install docker.io (Debian 12), or docker.io docker-buildx';
  if (spawnSync('docker', ['info']).status === 0) return null;
  if (process.getuid?.() !== 0) return 'a running engine, or root, who can start one';
  if (spawnSync('dockerd', ['--version']).status !== 0) return 'a running engine, or dockerd: install docker.io';
  return null;
}

/** Builds the image. With an engine of its own where none runs, and on a base made here where none can be pulled. */
export async function buildImage(): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-image-'));
  const engine = await openEngine();
  const env = { ...process.env, DOCKER_BUILDKIT: '1', ...(engine && { DOCKER_HOST: engine.host }) };
  const docker = (...args: string[]) => succeed(dockerOnPath() ?? 'docker', args, { env, cwd: CHECKOUT });
  const remove = async () => {
    await engine?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const base = await findBase(env);
    const secrets = await registrySecrets(folder);
    await docker('build', '--network=host', `--build-arg=BASE_IMAGE=${base}`, ...secrets, '--tag', TAG, '.');
    return new BuiltImage(env, docker, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

class BuiltImage implements Image {
  readonly #running = new Set<string>();

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly docker: (...args: string[]) => Promise<string>,
    private readonly removeEngine: () => Promise<void>,
  ) {}

  run(command: readonly string[], setting: Setting = {}) {
    const args = ['run', '--rm', '--no-healthcheck', ...CONFINED, ...flagsOf(setting), TAG, ...command];
    return execute(dockerOnPath() ?? 'docker', args, { env: this.env });
  }

  async start(setting: Setting): Promise<Container> {
    const id = await this.docker('run', '--detach', ...CHECKED, ...CONFINED, ...flagsOf(setting), TAG);
    this.#running.add(id);
    const follow = spawn(dockerOnPath() ?? 'docker', ['logs', '--follow', id], { env: this.env });
    let said = '';
    for (const stream of [follow.stdout, follow.stderr]) {
      stream.on('data', (text) => (said += watch(String(text), 'what the image says')));
    }
    const saidAll = once(follow, 'close');
    const inspect = (what: string) => this.docker('inspect', '--format', `{{.State.${what}}}`, id);
    return {
      isHealthy: async () => (await inspect('Health.Status')) === 'healthy',
      log: async () => said,
      stop: async () => {
        const began = performance.now();
        await this.docker('stop', '--time', String(GRACE_SECONDS), id);
        const millis = performance.now() - began;
        await saidAll;
        return { code: Number(await inspect('ExitCode')), millis };
      },
    };
  }

  async remove(): Promise<void> {
    if (this.#running.size > 0) await this.docker('rm', '--force', ...this.#running);
    await this.docker('rmi', '--force', TAG);
    await this.removeEngine();
  }
}

function flagsOf({ env = {}, mount }: Setting): string[] {
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  return mount === undefined ? variables : [...variables, `--volume=${mount}:${mount}:ro`];
}

/** The first on the PATH that can build with BuildKit: versions before 23 have it inside, later ones in buildx. */
function dockerOnPath(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'docker')).find(canBuild) ?? null;
}

function canBuild(docker: string): boolean {
  const { stdout } = spawnSync(docker, ['--version'], { encoding: 'utf8' });
  const [, major] = /version (\d+)\./.exec(stdout ?? '') ?? [];
  if (major === undefined) return false;
  return Number(major) < 23 || spawnSync(docker, ['buildx', 'version']).status === 0;
}

/** Null: one runs already. */
async function openEngine(): Promise<{ host: string; close(): Promise<void> } | null> {
  if (spawnSync('docker', ['info']).status === 0) return null;
  const script = join(CHECKOUT, 'scripts/image/engine.mjs');
  // It removes that itself.
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-engine-'));
  // It ends with its input: should the tests be killed, it is not left behind.
  const engine = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'pipe'] });
  let problems = '';
  engine.stderr.on('data', (text) => (problems += String(text)));
  const ended = once(engine, 'exit');
  const host = await new Promise<string>((resolve, reject) => {
    createInterface({ input: engine.stdout }).once('line', resolve);
    void ended.then(() => reject(new Error(problems)));
  });
  return {
    host,
    close: async () => {
      engine.kill('SIGTERM');
      await ended;
    },
  };
}

/** The base of the Dockerfile, or one made here. */
async function findBase(env: NodeJS.ProcessEnv): Promise<string> {
  const [, base = ''] = BASE.exec(await readFile(join(CHECKOUT, 'Dockerfile'), 'utf8')) ?? [];
  const docker = dockerOnPath() ?? 'docker';
  if (spawnSync(docker, ['pull', '--quiet', base], { env, timeout: PULL_MILLIS }).status === 0) return base;
  process.stderr.write(`The image ${base} can't be pulled: scripts/image/base.mjs makes one, which takes a minute.\n`);
  await succeed(process.execPath, [join(CHECKOUT, 'scripts/image/base.mjs'), LOCAL_BASE], { env });
  return LOCAL_BASE;
}

/** How this machine reaches its registry, for npm in the build. */
async function registrySecrets(folder: string): Promise<string[]> {
  const settings = JSON.parse(await succeed('npm', ['config', 'list', '--json'], { cwd: CHECKOUT })) as Npm;
  const authorities = settings.cafile ?? process.env['NODE_EXTRA_CA_CERTS'];
  const lines = [
    `registry=${settings.registry}`,
    ...(settings.proxy ? [`proxy=${settings.proxy}`] : []),
    ...(settings['https-proxy'] ? [`https-proxy=${settings['https-proxy']}`] : []),
    ...(authorities ? ['cafile=/run/secrets/ca'] : []),
  ];
  await writeFile(join(folder, 'npmrc'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const secrets = [`--secret=id=npmrc,src=${join(folder, 'npmrc')}`];
  return authorities ? [...secrets, `--secret=id=ca,src=${authorities}`] : secrets;
}

interface Npm {
  registry: string;
  proxy?: string | null;
  'https-proxy'?: string | null;
  cafile?: string | null;
}
