import type { DirectMessage } from '../updates/direct.js';
import type { Update } from '../updates/update.js';

/** What became of emitted updates. */
export interface Emitted {
  /** One id for each update, in their order: the source's own, else a new one. */
  ids: string[];
  /** How many deliveries are owed for them. */
  deliveries: number;
}

/** Where a source puts its updates: all of them are kept when the promise resolves, or none. */
export abstract class Emitter {
  abstract emit(updates: readonly Update[]): Promise<Emitted>;
}

/** Where a source puts a direct message: it is kept when the promise resolves. */
export abstract class Messenger {
  abstract send(message: DirectMessage): Promise<void>;
}
