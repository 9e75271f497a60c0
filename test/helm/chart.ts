import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findProgram } from '../setup/program.js';
import type { Manifest } from './manifest.js';

export const CHART = fileURLToPath(new URL('../../helm', import.meta.url));

/** The oldest and the newest Kubernetes of `kubeVersion` in helm/Chart.yaml that there are schemas of. */
export const KUBERNETES = ['1.27.0', '1.37.0'] as const;

export const hint = 'put the folder that scripts/helm-tools.sh prints on the PATH.';

/** Null: it isn't here. */
export const HELM4 = findProgram({ name: 'helm4', variable: 'HELM4', hint });

const HELMS = [
  { name: 'Helm 3', path: findProgram({ name: 'helm3', variable: 'HELM3', hint }) },
  { name: 'Helm 4', path: HELM4 },
];

/** Describes it once for each Helm; skipped for one that isn't here. */
export function withEachHelm(body: (helm: string) => void): void {
  for (const { name, path } of HELMS) {
    describe.skipIf(path === null)(`the chart, by ${name},`, () => {
      body(path ?? name);
    });
  }
}

/** The values files of helm/ci: by name what they hold. */
export const SCENARIOS: Record<string, Values> = Object.fromEntries(
  readdirSync(join(CHART, 'ci')).map((file) => [
    basename(file, '-values.yaml'),
    parse(readFileSync(join(CHART, 'ci', file), 'utf8'), { merge: true }) as Values,
  ]),
);

export type Values = Record<string, unknown>;

/** The fewest that the chart takes. */
export const FEWEST: Values = { database: { existingSecret: 'database' }, auth: { existingSecret: 'token' } };

export interface Rendering {
  text: string;
  manifests: Manifest[];
}

interface Options {
  chart?: string;
  release?: string;
  kubernetes?: string;
}

/**
 * What the chart makes of the values.
 * @throws Error with what Helm says against them
 */
export async function render(helm: string, values: Values, options: Options = {}): Promise<Rendering> {
  const { chart = CHART, release = 'hooks', kubernetes = KUBERNETES[1] } = options;
  const cluster = ['--namespace', 'platform', '--kube-version', kubernetes];
  const text = await run(helm, ['template', release, chart, ...cluster, '--values', '-'], JSON.stringify(values));
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
  return { text, manifests: documents.filter((manifest) => manifest !== null) };
}

/** What is said after an installation. By Helm 4: the third asks a cluster for it. */
export async function notes(helm4: string, values: Values): Promise<string> {
  const cluster = ['--namespace', 'platform', '--dry-run=client', '--values', '-'];
  const text = await run(helm4, ['install', 'hooks', CHART, ...cluster], JSON.stringify(values));
  return text.slice(text.indexOf('NOTES:'));
}

/** Why the chart takes the values for wrong; fails where it doesn't. */
export async function refusal(helm: string, values: Values): Promise<string> {
  return await render(helm, values).then(
    () => Promise.reject(new Error(`It took ${JSON.stringify(values)}`)),
    (error: Error) => error.message,
  );
}

/** @throws Error with what `helm lint --strict` finds */
export async function lint(helm: string, values: Values, kubernetes: string): Promise<string> {
  return await run(
    helm,
    ['lint', '--strict', CHART, '--kube-version', kubernetes, '--values', '-'],
    JSON.stringify(values),
  );
}

/**
 * What a program prints.
 * @throws Error with what it complains of
 */
export async function run(program: string, args: string[], input: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 2 ** 25 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stderr}${stdout}`.trim() || error.message));
      else resolve(stdout);
    });
    // One that gives up early doesn't read it all.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
