import { PROCESS_STATES } from '../../sources/supervisord/process-event.js';

const PREFIX = 'PROCESS_STATE_';

export interface ReadStates {
  /** Names of events: `PROCESS_STATE_EXITED`. */
  events: ReadonlySet<string>;
  /** Names that are none of PROCESS_STATES. */
  unknown: readonly string[];
  /** Names that superhooks would have passed over in silence, and what they were taken for. */
  mended: ReadonlyArray<{ written: string; event: string }>;
  /** Events that superhooks gets from the section's `events=`, and that `-e` has no say in. */
  needless: readonly string[];
}

/** Reads `-e` as it was meant: case, blanks, `;` for `,` and the long names make no difference. */
export function readStates(text: string): ReadStates {
  const events = new Set<string>();
  const unknown: string[] = [];
  const mended: Array<{ written: string; event: string }> = [];
  const needless: string[] = [];
  const isSplitOddly = text.includes(';');
  for (const written of text.split(/[,;]/)) {
    const name = written.trim().toUpperCase();
    const event = name.startsWith(PREFIX) ? name : PREFIX + name;
    if (name === '') continue;
    if (/^TICK_\d+$/.test(name)) needless.push(name);
    else if (!PROCESS_STATES.some((state) => PREFIX + state === event)) unknown.push(written.trim());
    else {
      events.add(event);
      if (isSplitOddly || PREFIX + written !== event) mended.push({ written, event });
    }
  }
  return { events, unknown, mended, needless };
}
