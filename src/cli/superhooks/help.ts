import type { OptionSpec } from './optparse.js';

/** Everything that the command line takes; superhooks' own four come first. */
export const OPTIONS: readonly OptionSpec[] = [
  { short: 'u', long: 'url', value: 'URL', isInherited: true },
  { short: 'd', long: 'data', value: 'DATA', isInherited: true },
  { short: 'H', long: 'headers', value: 'HEADERS', isInherited: true },
  { short: 'e', long: 'events', value: 'EVENTS', isInherited: true },
  { short: 'h', long: 'help', isInherited: true },
  { long: 'program', value: 'NAME' },
  { long: 'group', value: 'NAME' },
  { long: 'unexpected-only' },
  { long: 'name', value: 'NAME' },
  { long: 'with', value: 'FIELDS' },
  { long: 'json' },
  { long: 'flush', value: 'WHEN' },
  { long: 'timeout', value: 'SECONDS' },
  { long: 'spool', value: 'DIR' },
  { long: 'spool-limit', value: 'SIZE' },
  { long: 'to', value: 'URL' },
  { long: 'token-file', value: 'FILE' },
];

export const USAGE = 'Usage: superhooks [options]';

export const HELP = `${USAGE}

Tells a receiver what happens to the programs of a supervisord. It is an event
listener: supervisord runs it, from a section such as

  [eventlistener:superhooks]
  command=superhooks -u http://localhost:8090/ -e FATAL,EXITED
  events=PROCESS_STATE,TICK_60
  buffer_size=1000

Options:
  -u URL, --url=URL     where each event is POSTed to, as a form
  -e EVENTS, --events=EVENTS
                        which events, between commas: any of STARTING, RUNNING,
                        BACKOFF, STOPPING, FATAL, EXITED, STOPPED, UNKNOWN
  -d DATA, --data=DATA  fields to add: key^value^^key^value; the value
                        dump_params becomes the event and all it says
  -H HEADERS, --headers=HEADERS
                        headers to add: name^value^^name^value
  -h, --help            show this help message and exit

  Which events:
  --program=NAME        only those of this program, or group:program; repeatable
  --group=NAME          only those of this group; repeatable
  --unexpected-only     of EXITED only the unexpected ones; others as before

  What is sent:
  --name=NAME           process_name becomes NAME/group:program
  --with=FIELDS         fields to add: any of host, time, server, id
  --json                a JSON object instead of a form

  How it is sent:
  --flush=WHEN          now (the default), or tick60: once a minute, as
                        superhooks did
  --timeout=SECONDS     for one attempt; 10 by default
  --spool=DIR           where events wait until they are delivered
  --spool-limit=SIZE    beyond it the oldest go; 100MB by default

  Instead of -u:
  --to=URL              send the events to a Hooktide, as updates of tasks
  --token-file=FILE     holds the token for it; else HOOKTIDE_TOKEN does

Exit codes: 0 stopped by supervisord or asked for help, 1 failed, or -u or -e is
missing, 2 misuse.
`;
