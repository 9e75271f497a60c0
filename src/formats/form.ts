import type { Formattable, Formatted } from './format.js';
import { superhooksFields } from './superhooks-fields.js';

/**
 * Flat fields for receivers that read forms, encoded as URLSearchParams does (WHATWG URL §5.2: a blank is `+`, UTF-8).
 * `payload` is the payload's text, `occurred_at` epoch milliseconds; what an update doesn't have is left out. One that
 * came from supervisord begins with the fields of superhooks, whose receivers find what they know: a name that the
 * operator's data has taken is not written again.
 */
export function toForm(update: Formattable): Formatted {
  const fields = {
    type: update.type,
    state: update.state,
    request_id: update.requestId,
    deploy_id: update.deployId,
    task_id: update.taskId,
    user_id: update.userId,
    scope: update.scope,
    application: update.application,
    subject: update.subject,
    update_id: update.updateId,
    occurred_at: String(update.occurredAtMillis),
    payload: update.payload,
  };
  const form = new URLSearchParams([...superhooksFields(update)]);
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !form.has(name)) form.append(name, value);
  }
  return { contentType: 'application/x-www-form-urlencoded', headers: {}, body: form.toString() };
}
