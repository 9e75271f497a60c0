// What came of a run, for people and, as JSON, for scripts.
/** What must be none. */
export const WRONG = /** @type {const} */ ({
  lost: 'lost',
  outOfOrder: 'out of order',
  wrongWebhook: 'delivered to the wrong webhook',
  wrongBytes: 'wrong bytes',
  unexplained: 'duplicates that nothing explains',
});

/** All rounds in one. @param {object[]} rounds what `playRound` answers with */
export function summarize(wish, rounds) {
  const sum = (pick) => rounds.reduce((total, round) => total + pick(round), 0);
  const merged = (pick) => {
    const counts = {};
    for (const round of rounds)
      for (const [word, count] of Object.entries(pick(round))) counts[word] = (counts[word] ?? 0) + count;
    return counts;
  };
  const wrong = Object.fromEntries(
    Object.keys(WRONG).map((name) => [name, sum(({ verdict }) => verdict[name].length)]),
  );
  const unsettled = sum((round) => round.unsettled.waiting);
  const surprises = rounds.flatMap((round) => round.surprises);
  const findings = rounds.flatMap((round) => round.findings);
  const isRight =
    Object.values(wrong).every((count) => count === 0) && unsettled + surprises.length + findings.length === 0;
  return {
    ...wish,
    isRight,
    rounds: rounds.map(({ round }) => ({ name: round.name, faults: round.faults.length })),
    faults: merged(({ round }) => countBy(round.faults.map(({ kind }) => kind))),
    accepted: sum(({ verdict }) => verdict.accepted),
    owed: sum(({ verdict }) => verdict.owed),
    arrived: sum(({ verdict }) => verdict.arrived),
    deadLetters: merged(({ verdict }) => verdict.deadLetters),
    duplicates: merged(({ verdict }) => verdict.duplicates),
    ...wrong,
    unsettled,
    surprises,
    findings,
  };
}

/** @param {ReturnType<typeof summarize>} summary */
export function print(summary, say) {
  const row = (name, value) => say(`  ${name.padEnd(34)} ${value}`);
  say(
    `seed ${summary.seed}, ${summary.seconds} s, rounds: ${summary.rounds.map(({ name, faults }) => `${name} (${faults} faults)`).join(', ')}`,
  );
  row('updates accepted', summary.accepted);
  row('deliveries owed', summary.owed);
  row('arrivals', summary.arrived);
  row('dead letters', inWords(summary.deadLetters));
  row('duplicates, by what explains them', inWords(summary.duplicates));
  for (const [name, words] of Object.entries(WRONG)) row(words, summary[name]);
  row('not settled', summary.unsettled);
  for (const { id, what, how } of summary.surprises) row(`process ${id}`, `${what} (${how})`);
  for (const { what } of summary.findings) row('found', what);
}

function inWords(counts) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return '0';
  return `${total} (${Object.entries(counts)
    .map(([word, count]) => `${word} ${count}`)
    .join(', ')})`;
}

function countBy(words) {
  const counts = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
