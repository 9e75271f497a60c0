import type { Retry, Target } from './target.js';
import type { TraceContext } from './trace-context.js';

/** Where a direct message goes and how: its sender's word, kept with the update. */
export interface Direct {
  /** As it came: placeholders are not filled, and whether it can be requested shows when it is sent. */
  uri: string;
  /** Sent as it is; missing: none. */
  authorization?: string;
  /** Why `authorization` can't be read: nothing is sent without it. */
  unreadable?: string;
  /** The sender's words for it; missing: none. */
  group?: string;
  tag?: string;
  retry: Retry;
  /** Over the whole attempt. */
  timeoutMillis: number;
  /** The one status that counts as delivered; missing: 200 to 299. */
  successStatus?: number;
}

/** A message that somebody sends to one uri, ready to be queued. */
export interface DirectMessage extends Partial<TraceContext> {
  /** Its sender knows it by this; unlike any other. */
  id: string;
  direct: Direct;
  /** JSON, as it is sent. */
  payload: string;
}

/** Direct messages to one origin wait in one lane: `http://host:8443`, in lower case. The uri is taken as it is. */
export function originOf(uri: string): string {
  return (/^[a-z]+:\/\/[^/?#\s]*/i.exec(uri)?.[0] ?? uri).toLowerCase();
}

/** What sending a direct message goes by, in a lane with this target. */
export function targetOf(
  lane: Target,
  { uri, authorization, unreadable, retry, timeoutMillis, successStatus }: Direct,
): Target {
  const headers = authorization === undefined ? null : { authorization };
  return {
    ...lane,
    uri,
    headers,
    unreadable,
    retry,
    timeoutMillis,
    connectTimeoutMillis: timeoutMillis,
    successStatus,
  };
}
