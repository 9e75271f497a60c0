import type { TokenRow } from '../../auth/token.repository.js';
import type { Printed } from './registry.js';

const COLUMNS: Record<string, (token: Printed<TokenRow>) => string> = {
  ID: ({ id }) => String(id),
  NAME: ({ name }) => name,
  SCOPES: ({ scopes }) => scopes.join(','),
  APPLICATION: ({ application }) => application ?? '-',
  STATE: ({ state }) => state,
  EXPIRES: ({ expiresAt }) => expiresAt ?? 'never',
  'LAST USED': ({ lastUsedAt }) => lastUsedAt ?? 'never',
  'MADE BY': ({ createdBy }) => createdBy,
};

/** A table for people. */
export function tableOf(tokens: readonly Printed<TokenRow>[]): string {
  const rows = [Object.keys(COLUMNS), ...tokens.map((token) => Object.values(COLUMNS).map((column) => column(token)))];
  const widths = Object.keys(COLUMNS).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: string[]): string => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
