import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { TestDatabase } from './database.js';
import { databaseUrl, query } from './server.js';

/** A database that no Hooktide has seen yet. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `hooktide_empty_${randomUUID().replaceAll('-', '')}`;
  await query(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  return {
    url: databaseUrl(adminUrl, name),
    drop: () => query(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** A user of the server that is no superuser, and may do nothing yet. */
export interface TestRole {
  name: string;
  /** The given url with this user in it. */
  urlOf(url: string): string;
  /** After the databases in which it has rights. */
  drop(): Promise<void>;
}

export async function createRole(password: string): Promise<TestRole> {
  const adminUrl = inject('adminUrl');
  const name = `hooktide_role_${randomUUID().replaceAll('-', '')}`;
  await query(adminUrl, `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
  return {
    name,
    urlOf: (url) => {
      const other = new URL(url);
      [other.username, other.password] = [name, password];
      return other.href;
    },
    drop: () => query(adminUrl, `DROP ROLE ${name}`),
  };
}
