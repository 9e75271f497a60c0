// An event listener of supervisord that writes each event down as a line of JSON, and misbehaves where it is told to:
// node supervisor-recorder.mjs <file> <OK | FAIL | DIE> <misdeeds>
import { appendFileSync, readFileSync } from 'node:fs';

const [file, manner, misdeeds] = process.argv.slice(2);
let text = '';

process.stdin.setEncoding('utf8');
process.stdin.on('data', (piece) => {
  text += piece;
  const event = take();
  if (event) answer(event);
});
process.stdin.on('end', () => process.exit(0));
process.stdout.write('READY\n');

function take() {
  const line = text.slice(0, text.indexOf('\n'));
  const header = Object.fromEntries(line.split(' ').map((token) => token.split(':')));
  // supervisord counts code points.
  const points = Array.from(text.slice(line.length + 1));
  if (line === '' || points.length < Number(header.len)) return null;
  text = points.slice(header.len).join('');
  return { header, payload: points.slice(0, header.len).join('') };
}

/** How often it has misbehaved stands in a file, so that it outlives the process. */
function answer(event) {
  if (manner !== 'OK' && event.header.eventname.startsWith('PROCESS_STATE_') && done() < Number(misdeeds)) {
    appendFileSync(`${file}.misdeeds`, '.');
    if (manner === 'DIE') process.exit(1);
    process.stdout.write('RESULT 4\nFAILREADY\n');
    return;
  }
  appendFileSync(file, `${JSON.stringify(event)}\n`);
  process.stdout.write('RESULT 2\nOKREADY\n');
}

function done() {
  try {
    return readFileSync(`${file}.misdeeds`, 'utf8').length;
  } catch {
    return 0;
  }
}
