// What a process that receives has counted, for whoever started it. Over IPC, `{ask, reach: n}` is answered with
// `{ask, count, at}` once n have arrived.
import { now } from './clock.mjs';

let count = 0;
let asked = [];

export function add(arrived) {
  count += arrived;
  if (asked.length > 0) tellWhoAsked();
}

export function answerOnce(question) {
  asked.push(question);
  tellWhoAsked();
}

function tellWhoAsked() {
  const at = now();
  for (const { ask, reach } of asked) if (count >= reach) process.send({ ask, count, at });
  asked = asked.filter(({ reach }) => count < reach);
}

process.on('disconnect', () => process.exit());
// Ctrl-C goes to all processes of the terminal: this one ends when its parent does.
process.on('SIGINT', () => undefined);
