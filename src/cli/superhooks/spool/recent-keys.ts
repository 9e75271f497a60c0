import { readFileSync } from 'node:fs';
import { replaceFile } from './durable.js';

/** More than supervisord keeps for a pool by a recommended `buffer_size` of 1 000. */
const MOST = 4_096;

/** The keys of the events that were stored last, also of those that are delivered and gone. */
export class RecentKeys {
  readonly #keys: Set<string>;

  /** @param path where they are kept; nothing needs to be there */
  constructor(private readonly path: string) {
    this.#keys = new Set(readKeys(path));
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    // What is stored twice counts as new.
    this.#keys.delete(key);
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= MOST) break;
      this.#keys.delete(oldest);
    }
  }

  save(): void {
    replaceFile(this.path, JSON.stringify([...this.#keys]));
  }
}

function readKeys(path: string): string[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as string[];
  } catch {
    return [];
  }
}
