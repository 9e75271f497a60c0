import { UPDATE_TYPES, type UpdateType } from './update.js';

/**
 * Reads an update type as leniently as upstream does (contract §1.3): in any case, with `-` and `.` for `_`, and with
 * all white space removed, also inside (so `elevated-access` passes and `ELEVATED ACCESS` doesn't).
 */
export function parseUpdateType(text: string): UpdateType | null {
  const name = text.replace(/\p{White_Space}/gu, '').replace(/[-.]/g, '_');
  // The length keeps out what only toUpperCase makes alike: "ELEVATED_ACCEß".
  return UPDATE_TYPES.find((type) => type.length === name.length && type === name.toUpperCase()) ?? null;
}
