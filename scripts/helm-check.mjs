// Checks the chart (test/helm): linted, rendered for every scenario of helm/ci by Helm 3 and 4, and what comes of it
// looked at, by the schemas of Kubernetes too. Helm is found by HELM3 and HELM4, by HELM, in $GOBIN, in the folder of
// scripts/helm-tools.sh, or on the PATH, where it may be called helm, helm3 or helm4. What isn't there is skipped aloud.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { env } = process;
const cache = join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hooktide', 'helm-tools');
const folders = [env.GOBIN, cache, ...(env.PATH ?? '').split(delimiter)].filter(Boolean);

/** The variable that a Helm is named by, after what it says of itself: `HELM3` or `HELM4`. */
function variableOf(helm) {
  const { stdout } = spawnSync(helm, ['version', '--short'], { encoding: 'utf8' });
  const major = /^v(\d+)\./.exec(stdout ?? '')?.[1];
  return major && `HELM${major}`;
}

// test/helm stands apart from the other tests: vitest.config.ts
const found = { ...env, PATH: folders.join(delimiter), HOOKTIDE_TEST_APART: '1' };
const places = folders.flatMap((folder) => ['helm3', 'helm4', 'helm'].map((name) => join(folder, name)));
for (const helm of [env.HELM, ...places]) {
  if (!helm || !existsSync(helm)) continue;
  const variable = variableOf(helm);
  if (variable) found[variable] ??= helm;
}
const helms = ['HELM3', 'HELM4'].filter((variable) => found[variable]);
for (const variable of helms) console.log(`helm:check: ${variable} is ${found[variable]}.`);
if (helms.length === 0) {
  console.log('helm:check: NOT CHECKED: no Helm here. Get it with: export PATH="$(scripts/helm-tools.sh):$PATH"');
  process.exit(env.CI === 'true' ? 1 : 0);
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/helm'], {
  cwd: root,
  env: found,
  stdio: 'inherit',
});
process.exit(status ?? 1);
