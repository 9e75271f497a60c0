import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { TraceContext } from '../../updates/trace-context.js';
import type { Update } from '../../updates/update.js';
import { readUpdates, type UpdateLimits } from '../../updates/read-updates.js';
import { decodeUtf8 } from '../../updates/utf8.js';
import { Arrivals } from '../arrivals.js';
import { Emitter } from '../emit.js';
import { narrow } from './narrow.js';
import type { Reader } from './reader-for.js';

/** The answer to accepted updates: they are stored, and so are the deliveries owed for them. */
export interface Accepted {
  accepted: number;
  deliveries: number;
  ids: string[];
}

/** What came in. */
export interface IngestRequest {
  body: Buffer | undefined;
  /** How to read it. */
  read: Reader;
  /** Of the request; undefined: it came with none. */
  trace?: TraceContext;
}

/** Limits of one ingest request. */
export abstract class IngestLimits implements UpdateLimits {
  abstract readonly maxPayloadBytes: number;
  abstract readonly maxUpdatesPerRequest: number;
}

@Injectable()
export class IngestService {
  constructor(
    private readonly emitter: Emitter,
    private readonly limits: IngestLimits,
    private readonly arrivals: Arrivals,
  ) {}

  /**
   * Takes what is in the body, all or nothing.
   * @throws InvalidInputError, TooLargeError, ForbiddenError, and what the emitter throws
   */
  async accept({ body, read, trace }: IngestRequest, caller: Caller): Promise<Accepted> {
    const updates = traced(narrow(read(decodeUtf8(body), this.limits), caller), trace);
    const { ids, deliveries } = await this.emitter.emit(updates);
    this.arrivals.accepted(updates, read === readUpdates ? 'api' : 'cloudevents');
    return { accepted: updates.length, deliveries, ids };
  }
}

/** An event's own trace is where the event was made, and wins over that of the request that carries it. */
function traced(updates: Update[], trace: TraceContext | undefined): Update[] {
  if (!trace) return updates;
  return updates.map((update) => (update.traceParent === undefined ? { ...update, ...trace } : update));
}
