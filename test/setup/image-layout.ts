import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watch } from './canary.js';
import { CHECKOUT, execute, GRACE_SECONDS, succeed, type Container, type Image, type Setting } from './image.js';

/** What `scripts/image/layout.mjs` prints. */
interface Layout {
  root: string;
  workdir: string;
  /** `10001:10001` */
  user: string;
  env: Record<string, string>;
  command: [string, ...string[]];
  healthcheck: [string, ...string[]];
}

/** In a mount namespace of the process, all of the disk is read-only: what a container with --read-only has of it. */
const READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && mount -o remount,ro,bind / && exec "$@"';

/**
 * Lays the image out by the steps of its Dockerfile. Where root does so, it is run as the user of the image, without any
 * capability, and with nothing but read-only disks where the kernel lets it; else as whoever runs the tests.
 */
export async function layOutImage(): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-layout-'));
  // The user of the image has to get through.
  await chmod(folder, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const printed = await succeed(process.execPath, [join(CHECKOUT, 'scripts/image/layout.mjs'), '--compiler', folder]);
    return new LaidOutImage(JSON.parse(printed) as Layout, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

class LaidOutImage implements Image {
  readonly #sandbox: string[];
  readonly #running = new Set<ChildProcess>();

  constructor(
    private readonly layout: Layout,
    private readonly removeFiles: () => Promise<void>,
  ) {
    this.#sandbox = sandboxOf(layout);
  }

  run(command: readonly string[], { env = {} }: Setting = {}) {
    const [program, args] = this.commandLine(command.length === 0 ? this.layout.command : command);
    return execute(program, args, { cwd: this.layout.workdir, env: { ...this.layout.env, ...env } });
  }

  async start(setting: Setting): Promise<Container> {
    const [program, args] = this.commandLine(this.layout.command);
    const { workdir: cwd, env } = this.layout;
    const child = spawn(program, args, { cwd, env: { ...env, ...setting.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => (said += watch(String(text), 'what the image says')));
    }
    const ended = once(child, 'exit').then(([code]) => {
      this.#running.delete(child);
      return code as number | null;
    });
    return {
      isHealthy: async () => (await this.run(this.layout.healthcheck, setting)).code === 0,
      log: async () => said,
      stop: async () => {
        const began = performance.now();
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), GRACE_SECONDS * 1000);
        const code = await ended.finally(() => clearTimeout(late));
        return { code, millis: performance.now() - began };
      },
    };
  }

  async remove(): Promise<void> {
    const ends = [...this.#running].map((child) => once(child, 'exit'));
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all(ends);
    await this.removeFiles();
  }

  private commandLine(command: readonly string[]): [string, string[]] {
    const [program = '', ...args] = [...this.#sandbox, ...command];
    return [program, args];
  }
}

function sandboxOf({ root, user }: Layout): string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid, gid] = user.split(':');
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const asUser = ['setpriv', ...ids, '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--'];
  const readOnly = ['unshare', '--mount', '--', 'sh', '-c', READ_ONLY, root];
  return spawnSync('env', [...readOnly, 'true']).status === 0 ? [...readOnly, ...asUser] : asUser;
}
