import { UPDATE_TYPES, WEBHOOK_TYPES, type UpdateType, type WebhookType } from './update.js';

/**
 * Reads an update type as leniently as upstream does (contract §1.3): in any case, with `-` and `.` for `_`, and with
 * all white space removed, also inside (so `elevated-access` passes and `ELEVATED ACCESS` doesn't).
 */
export function parseUpdateType(text: string): UpdateType | null {
  return parse(text, UPDATE_TYPES);
}

/** The same for what a webhook may want. */
export function parseWebhookType(text: string): WebhookType | null {
  return parse(text, WEBHOOK_TYPES);
}

function parse<Type extends string>(text: string, types: readonly Type[]): Type | null {
  const name = text.replace(/\p{White_Space}/gu, '').replace(/[-.]/g, '_');
  // The length keeps out what only toUpperCase makes alike: "ELEVATED_ACCEß".
  return types.find((type) => type.length === name.length && type === name.toUpperCase()) ?? null;
}
