import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import type { UpdateLimits } from '../../updates/read-updates.js';
import { decodeUtf8 } from '../../updates/utf8.js';
import { Emitter } from '../emit.js';
import { narrow } from './narrow.js';
import type { Reader } from './reader-for.js';

/** The answer to accepted updates: they are stored, and so are the deliveries owed for them. */
export interface Accepted {
  accepted: number;
  deliveries: number;
  ids: string[];
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
  ) {}

  /**
   * Takes what `read` finds in the body, all or nothing.
   * @throws InvalidInputError, TooLargeError, ForbiddenError, and what the emitter throws
   */
  async accept(body: Buffer | undefined, read: Reader, caller: Caller): Promise<Accepted> {
    const updates = narrow(read(decodeUtf8(body), this.limits), caller);
    const { ids, deliveries } = await this.emitter.emit(updates);
    return { accepted: updates.length, deliveries, ids };
  }
}
