import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../../errors/errors.js';
import { readUpdates, type UpdateLimits } from '../../updates/read-updates.js';
import { Emitter } from '../emit.js';

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
  // Invalid UTF-8 is refused: replaced characters would break the promise that payloads leave byte for byte.
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true });

  constructor(
    private readonly emitter: Emitter,
    private readonly limits: IngestLimits,
  ) {}

  /**
   * Takes one update or an array of them, all or nothing.
   * @throws InvalidInputError, TooLargeError, and what the emitter throws
   */
  async accept(body: Buffer): Promise<Accepted> {
    const updates = readUpdates(this.decode(body), this.limits);
    const { ids, deliveries } = await this.emitter.emit(updates);
    return { accepted: updates.length, deliveries, ids };
  }

  private decode(body: Buffer): string {
    try {
      return this.utf8.decode(body);
    } catch {
      throw new InvalidInputError('body', 'body: this is not UTF-8. Send JSON in UTF-8.');
    }
  }
}
