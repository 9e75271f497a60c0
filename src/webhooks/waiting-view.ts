import { JsonText } from '../updates/json-text.js';
import { sliceMembers } from '../updates/slice.js';
import type { UpdateType } from '../updates/update.js';

/** Waiting updates as Singularity shows them: the payloads, but of a TASK its `taskUpdate` alone (contract §1). */
export function waitingView(type: UpdateType, payloads: readonly string[]): JsonText {
  return JsonText.array(type === 'TASK' ? payloads.map(taskUpdateOf) : payloads);
}

function taskUpdateOf(payload: string): string {
  const slice = sliceMembers(payload, payload.indexOf('{')).get('taskUpdate');
  return slice ? payload.slice(slice.start, slice.end) : 'null';
}
