import type { Format } from '../updates/target.js';
import { toCloudEvent, toCloudEventInHeaders } from './cloudevents.js';
import { toForm } from './form.js';
import type { Formattable, Formatted, Writer } from './format.js';
import { toSail } from './sail.js';
import { toSingularity } from './singularity.js';
import { toSlack } from './slack.js';

const WRITERS: Record<Format, Writer> = {
  singularity: toSingularity,
  cloudevents: toCloudEvent,
  'cloudevents-binary': toCloudEventInHeaders,
  form: toForm,
  slack: toSlack,
  sail: toSail,
};

/**
 * What leaves for an update. Never throws, whatever the payload holds, and answers the same for the same update.
 * @param attempts how often it was sent before
 */
export function toBody(format: Format, update: Formattable, attempts = 0): Formatted {
  return WRITERS[format](update, attempts);
}
