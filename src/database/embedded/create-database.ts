import { Client, escapeIdentifier } from 'pg';
import { codeOf } from './error-code.js';

const NO_SUCH_DATABASE = '3D000';

/** Creates the database unless it is there: a first start may have been cut off after the data directory was made. */
export async function createDatabase(url: (database: string) => string, name: string): Promise<void> {
  try {
    await query(url(name), 'SELECT 1');
  } catch (error) {
    if (codeOf(error) !== NO_SUCH_DATABASE) throw error;
    await query(url('postgres'), `CREATE DATABASE ${escapeIdentifier(name)}`);
  }
}

async function query(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
