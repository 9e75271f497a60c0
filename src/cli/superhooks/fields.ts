import type { SupervisorEvent } from '../../sources/supervisord/event.js';
import type { WebhookOptions } from './options.js';
import { eventOf, type StoredEvent } from './stored-event.js';

const DUMP_PARAMS = 'dump_params';

/** The fields that a receiver gets, in superhooks' order (contract of superhooks, §4); those of `-d` replace others. */
export function fieldsOf(
  stored: StoredEvent,
  options: Pick<WebhookOptions, 'with' | 'name'> & { data: ReadonlyMap<string, string> },
): Map<string, string> {
  const event = eventOf(stored);
  const { process, from, all } = partsOf(event);
  const fields = new Map([
    ['process_name', options.name === null ? process : `${options.name}/${process}`],
    ['from_state', from],
    ['event_name', event.name],
    ['pheaders_all', all],
  ]);
  const additions = {
    host: stored.boot.host,
    time: new Date(stored.receivedAtMillis).toISOString(),
    server: event.identifier,
    id: stored.key,
  };
  for (const name of options.with) fields.set(name, additions[name]);
  for (const [key, value] of options.data) fields.set(key, value === DUMP_PARAMS ? dump(event.name, all) : value);
  return fields;
}

/** The line that superhooks writes for each event that it accepts, without its line feed. */
export function lineOf(event: SupervisorEvent): string {
  const { process, from, all } = partsOf(event);
  return `${process};${from};${event.name};${all}`;
}

/** The body of a form as Python's urlencode writes it. */
export function toForm(fields: ReadonlyMap<string, string>): string {
  return [...fields].map(([key, value]) => `${quotePlus(key)}=${quotePlus(value)}`).join('&');
}

function partsOf({ fields }: SupervisorEvent) {
  return {
    process: `${fields.get('groupname') ?? ''}:${fields.get('processname') ?? ''}`,
    from: fields.get('from_state') ?? '',
    all: [...fields].map(([key, value]) => `${key}:${value} `).join(''),
  };
}

function dump(event: string, all: string): string {
  return `${event}\n${all.replaceAll(' ', '\n').replaceAll(':', ': ')}`;
}

/** Letters, digits and `_ . - ~` stay, a blank is `+`; URLSearchParams would leave `*` and escape `~`. */
function quotePlus(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
