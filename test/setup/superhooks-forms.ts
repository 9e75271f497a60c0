import type { Received } from './receivers.js';
import type { Recorded } from './supervisord.js';

/** What superhooks does with events, written anew from its contract (§3 and §4): what its receivers must find. */

/** Those that `-e` with these states lets pass. */
export function wanted(events: readonly Recorded[], states: readonly string[]): Recorded[] {
  return events.filter(({ header }) => states.some((state) => header['eventname'] === `PROCESS_STATE_${state}`));
}

/** The form of an event, byte for byte. */
export function formOf({ header, payload }: Recorded, data: Record<string, string> = {}): string {
  const { eventname = '' } = header;
  const tokens = Object.fromEntries(payload.split(' ').map((token) => token.split(':') as [string, string]));
  const pheaders = Object.entries(tokens).map(([key, value]) => `${key}:${value} `);
  const dump = [eventname, ...Object.entries(tokens).map(([key, value]) => `${key}: ${value}`), ''].join('\n');
  const fields = {
    process_name: `${tokens['groupname']}:${tokens['processname']}`,
    from_state: tokens['from_state'],
    event_name: eventname,
    pheaders_all: pheaders.join(''),
    ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value === 'dump_params' ? dump : value])),
  };
  return Object.entries(fields)
    .map(([key, value]) => `${plus(key)}=${plus(value ?? '')}`)
    .join('&');
}

/** Python's `quote_plus`, but for `!'()*~`, which no test uses. */
function plus(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}

export function bodiesOf(requests: readonly Received[]): string[] {
  return requests.map(({ body }) => body);
}
