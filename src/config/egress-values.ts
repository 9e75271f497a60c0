import { isWhole } from './rules.js';

const isPort = isWhole(1, 65_535);

/** A list of ports; of a variable, whose default is null, a text: `443,8443`. Null: any; undefined: it is neither. */
export function portsOf(value: unknown): number[] | null | undefined {
  if (value === null) return null;
  const list: unknown = typeof value === 'string' ? value.replace(/^\[(.*)\]$/, '$1').split(',') : value;
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const ports = list.map((port: unknown) => (typeof port === 'string' && /^ *\d+ *$/.test(port) ? Number(port) : port));
  return ports.every((port) => isPort(port)) ? (ports as number[]) : undefined;
}

export const isPortsOrNull = (value: unknown): boolean => portsOf(value) !== undefined;

export const isProxyUrlOrNull = (value: unknown): boolean => value === null || isProxyUrl(value);

/** Of a proxy only host, port and credentials count: what stands behind them would be ignored. */
export function isProxyUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s/?#]+\/?$/.test(value) || !URL.canParse(value)) return false;
  try {
    const { username, password } = new URL(value);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
