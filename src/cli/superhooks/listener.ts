import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { SupervisorEvent } from '../../sources/supervisord/event.js';
import { EventReader, SILENCE_MILLIS } from '../../sources/supervisord/protocol.js';

const READY = 'READY\n';
/** Nothing follows its text. Any other result would have supervisord send the event again, at once and for ever. */
const OK = 'RESULT 2\nOK';

export interface Listening {
  input: Readable;
  output: Writable;
  /** Resolves when an event is taken care of: then supervisord forgets it. false: it isn't, and must come again. */
  handle: (event: SupervisorEvent) => Promise<boolean>;
  /** Ends it; an event that is being handled comes to its end first. */
  stop: AbortSignal;
}

/**
 * The dialogue of an event listener with supervisord (contract of listeners, §2). Nothing else may be written to stdout.
 * Returns at the end of the input, or when it is stopped.
 * @throws ProtocolError
 */
export async function listen({ input, output, handle, stop }: Listening): Promise<void> {
  output.write(READY);
  for await (const event of eventsIn(input, stop)) {
    if (!(await handle(event))) return;
    output.write(OK + READY);
  }
}

async function* eventsIn(input: Readable, stop: AbortSignal): AsyncGenerator<SupervisorEvent> {
  const reader = new EventReader();
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  // Whatever ends the input, it is an end.
  const read = () => chunks.next().catch(() => ({ done: true as const, value: undefined }));
  stop.addEventListener('abort', () => input.destroy());
  for (let next = read(); !stop.aborted;) {
    const event = reader.next();
    if (event) {
      yield event;
      continue;
    }
    const chunk = await (reader.isWholeInBytes ? Promise.race([next, pause(SILENCE_MILLIS, null)]) : next);
    if (chunk?.done) return;
    if (chunk) {
      reader.push(chunk.value);
      next = read();
    } else {
      const counted = reader.takeBytes();
      if (counted) yield counted;
    }
  }
}
