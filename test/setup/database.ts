import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { inject } from 'vitest';
import { databaseUrl, query } from './server.js';

export interface TestDatabase {
  readonly url: string;
  /** Cuts whoever is still connected. */
  drop(): Promise<void>;
}

/** A migrated, empty database of the test's own: a clone of the template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `hooktide_test_${randomUUID().replaceAll('-', '')}`;
  await clone(adminUrl, inject('template'), name);
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => query(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

const ATTEMPTS = 20;
const PAUSE_MILLIS = 100;
const TEMPLATE_IN_USE = '55006';

/** Autovacuum looks at the template now and then, and no one may while it is copied. */
async function clone(adminUrl: string, template: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await query(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
    } catch (error) {
      const inUse = error instanceof DatabaseError && error.code === TEMPLATE_IN_USE;
      if (!inUse || attempt === ATTEMPTS) throw error;
      await pause(PAUSE_MILLIS);
    }
  }
}
