// `npm run chaos`: sends updates through real processes while things go wrong, and says what became of them
// (docs/chaos.md). Ends with 0 when nothing is lost, out of order, wrong or unexplained, else with 1; with 2 when misused.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOf, MisuseError, read } from './arguments.mjs';
import { buildPrevious } from './builds.mjs';
import { keepEvidence } from './evidence.mjs';
import { killAll } from './fleet.mjs';
import { plant } from './plants.mjs';
import { Postgres } from './postgres.mjs';
import { print, summarize } from './report.mjs';
import { playRound } from './round.mjs';

const [CUT_OFF, MISUSED] = [130, 2];

async function main({ wish, rounds, build, isJson }) {
  const say = (text) => (isJson ? process.stderr : process.stdout).write(`${text}\n`);
  say(`chaos: ${commandOf(wish)}`);
  const folder = mkdtempSync(join(tmpdir(), 'hooktide-chaos-'));
  // Root runs Postgres as another user, who must get through.
  chmodSync(folder, 0o755);
  const postgres = new Postgres({ folder, build });
  const cutOff = async () => {
    killAll();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(CUT_OFF);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void cutOff());

  let played;
  try {
    played = await play({ wish, rounds, build, say, folder, postgres });
  } finally {
    await postgres.stop();
  }
  const summary = summarize(wish, played);
  print(summary, say);
  if (isJson) process.stdout.write(`${JSON.stringify(summary)}\n`);
  if (summary.isRight) {
    rmSync(folder, { recursive: true, force: true });
    return;
  }
  keepEvidence(folder, played);
  say(`Logs and the trace of what is wrong are in ${folder} \nOnce more: ${commandOf(wish)}`);
  process.exitCode = 1;
}

async function play({ wish, rounds, build, say, folder, postgres }) {
  const previous = rounds.some(({ name }) => name === 'upgrade') ? buildPrevious(join(folder, 'previous')) : null;
  const played = wish.plant ? plant(wish.plant, build, join(folder, 'planted')) : build;
  const results = [];
  await postgres.start();
  for (const round of rounds) {
    if (round.name === 'upgrade' && previous === null) {
      say('SKIPPED: a round with two builds. There is no history (git) to take the previous one from.');
      continue;
    }
    const logs = join(folder, `round-${round.number}`);
    mkdirSync(logs);
    const firstBuild = round.name === 'upgrade' ? previous : played;
    const result = await playRound({ round, postgres, folder: logs, build: played, firstBuild });
    results.push(result);
    if (rounds.length > 1)
      say(`round ${round.number} of ${rounds.length}: ${summarize(wish, [result]).isRight ? 'right' : 'wrong'}`);
  }
  return results;
}

try {
  await main(read());
} catch (error) {
  process.stderr.write(`${error instanceof MisuseError ? error.message : error.stack}\n`);
  process.exitCode = MISUSED;
}
