// The builds that a run needs beside the present one: one with a planted bug, and the previous one.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What a build needs beside its dist/. */
const BESIDE = ['node_modules', 'config', 'docs', 'package.json'];

/** A copy of a build, in whose dist/ something may be changed. */
export function copyBuild(build, folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(build, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of BESIDE) symlinkSync(join(build, name), join(folder, name));
  return folder;
}

/**
 * Builds the last commit that had fewer migrations than this checkout.
 * @returns {string | null} its folder; null: there is no history to take it from
 */
export function buildPrevious(folder) {
  const commit = previousCommit();
  if (commit === null) return null;
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: folder,
  });
  return folder;
}

const count = (names) => names.filter((name) => name.endsWith('.ts')).length;

function previousCommit() {
  if (!existsSync(join(ROOT, '.git'))) return null;
  const git = (...args) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const present = count(readdirSync(join(ROOT, 'migrations')));
  try {
    const commits = git('log', '--format=%H', '--', 'migrations').split('\n').filter(Boolean);
    // The commit before one that touched migrations is the last of the state before.
    const found = commits.find(
      (commit) => count(git('ls-tree', '--name-only', commit, 'migrations/').split('\n')) < present,
    );
    if (found === undefined) return null;
    const next = commits[commits.indexOf(found) - 1];
    return next === undefined ? found : git('rev-parse', `${next}^`).trim();
  } catch {
    return null; // A shallow clone ends somewhere.
  }
}
