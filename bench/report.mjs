// What was measured, as a part of docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { QUESTIONS } from './questions.mjs';

const BEGIN = '<!-- written by `npm run bench` from here on -->';
const END = '<!-- up to here -->';
const root = fileURLToPath(new URL('..', import.meta.url));

/** @param answers what each question that was asked has measured, by its name */
export function describe(answers, postgres, { runs, seconds }) {
  const { model } = cpus()[0];
  const times = `${runs} ${runs === 1 ? 'run' : 'runs'} of ${seconds} s`;
  const facts = [
    `- Measured on ${new Date().toISOString().slice(0, 10)} at commit ${commit()}: ${times}. Medians, in brackets the smallest and the largest.`,
    `- ${cpus().length} × ${model.trim()}, Node ${process.version}, Postgres ${postgres.version} with fsync ${postgres.fsync}.`,
  ];
  const parts = Object.entries(answers).map(([name, answer]) => ({
    heading: `### ${QUESTIONS[name].heading}`,
    ...QUESTIONS[name].describe(answer),
  }));
  const missed = parts.flatMap((part) => part.missed).map((sentence) => `- ${sentence}`);
  const verdict = missed.length > 0 ? ['### Not held', missed.join('\n')] : ['All numbers to hold are held.'];
  return [facts.join('\n'), ...parts.flatMap(({ heading, tables }) => [heading, ...tables]), ...verdict].join('\n\n');
}

/** The tables themselves, which the run before may have written, are no change. */
function commit() {
  const { status, stdout } = git('rev-parse', '--short', 'HEAD');
  if (status !== 0) return 'unknown';
  const isDirty = git('status', '--porcelain', '--', '.', ':!docs/benchmarks.md', ':!docs/scaling.md').stdout !== '';
  return stdout.trim() + (isDirty ? ' + changes' : '');
}

const git = (...args) => spawnSync('git', ['--no-optional-locks', ...args], { cwd: root, encoding: 'utf8' });

/** Puts the text between the two comments of a document, such as `docs/benchmarks.md`. */
export async function write(document, text) {
  const file = join(root, document);
  const [before, , after] = readFileSync(file, 'utf8').split(new RegExp(`(?<=${BEGIN}\n)([^]*)(?=${END})`));
  if (after === undefined) throw new Error(`${document} has no place for it: "${BEGIN}" and "${END}".`);
  const options = { ...(await resolveConfig(file)), parser: 'markdown' };
  writeFileSync(file, await format(`${before}\n${text}\n\n${after}`, options));
}
