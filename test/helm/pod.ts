import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { watch } from '../setup/canary.js';
import { envOf, ofKind, type Manifest, type Pod } from './manifest.js';

/** What Secrets hold, by the path at which the chart mounts it below /run/hooktide. */
export type Secrets = Record<string, string>;

/** Lays out below `root` what a pod has mounted. Its variables, which name the files there. */
export function layOut(
  { spec, container }: Pod,
  manifests: readonly Manifest[],
  secrets: Secrets,
  root: string,
): Record<string, string> {
  for (const { name, mountPath } of container.volumeMounts) {
    const { configMap, projected, secret } = spec.volumes.find((volume) => volume.name === name)!;
    const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === configMap?.name);
    const items = projected?.sources.flatMap((source) => source.secret.items) ?? [];
    const files = { ...map?.data, ...Object.fromEntries(items.map(({ path }) => [path, secrets[path]!])) };
    if (secret) files[secret.items[0]!.path] = secrets['auth']!;
    for (const [file, text] of Object.entries(files)) write(join(root, mountPath, file), text);
  }
  const here = (value: string): string => (/^\/(run|etc)\/hooktide\//.test(value) ? root + value : value);
  return Object.fromEntries(Object.entries(envOf(container)).map(([name, value]) => [name, here(value)]));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Runs the script of "helm test" as its pod does: what it printed, and its exit code. */
export async function runTest(
  script: string,
  env: Record<string, string>,
): Promise<{ said: string; code: number | null }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listen = (text: unknown) => (said += watch(String(text), 'what "helm test" prints'));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', listen);
  return await new Promise((resolve) => child.on('close', (code) => resolve({ said, code })));
}

/** A place on this machine where nobody listens. */
export async function freePlace(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
