import { once } from 'node:events';
import type Http from 'node:http';
import type { RequestOptions } from 'node:https';
import { BlockList, isIP, isIPv6, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Proxy {
  url: URL;
  /** What the proxy itself wants to see. */
  headers: Record<string, string>;
}

const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

/**
 * The proxy to an address, by the variables that Python's requests reads: `<scheme>_proxy`, `all_proxy` and `no_proxy`,
 * in lower case first, then in upper; null: none. Pure.
 * @throws Error on a proxy that is no http:// or https:// address
 */
export function proxyFor(url: URL, env: Environment): Proxy | null {
  const variable = (name: string) => env[name] || env[name.toUpperCase()];
  const scheme = url.protocol.slice(0, -1);
  const text = variable(`${scheme}_proxy`) ?? variable('all_proxy');
  if (!text || isExempt(url, variable('no_proxy') ?? '')) return null;
  const address = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(address) ? new URL(address) : null;
  if (!proxy || !(proxy.protocol in PORTS)) throw new Error(`${scheme}_proxy names no http or https proxy: ${text}`);
  return { url: proxy, headers: { ...basicAuthorization(proxy, 'Proxy-Authorization') } };
}

/** The header for the user and password of an address; none without them. */
export function basicAuthorization(url: URL, header: string): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const credentials = `${unquote(url.username)}:${unquote(url.password)}`;
  return { [header]: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** As Python does: a percent sign that begins no byte stays as it is. */
function unquote(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
}

/** Node's client, loaded with the first request: what is never used costs no memory. */
export async function clientFor({ protocol }: URL): Promise<typeof Http> {
  // What both have in common is what is used of them, and `ca` for TLS.
  return protocol === 'https:' ? ((await import('node:https')) as unknown as typeof Http) : await import('node:http');
}

/** A TLS connection to an address, through CONNECT (RFC 9110 §9.3.6). */
export async function tunnel(proxy: Proxy, to: URL, ca: string[] | undefined, signal: AbortSignal): Promise<TLSSocket> {
  const { request } = await clientFor(proxy.url);
  const { connect } = await import('node:tls');
  const host = hostOf(to);
  const path = `${isIPv6(host) ? `[${host}]` : host}:${portOf(to)}`;
  const socket = await new Promise<Socket>((resolve, reject) => {
    const headers = { ...proxy.headers, Host: path };
    const options: RequestOptions = { method: 'CONNECT', path, headers, signal, auth: '', agent: false, ca };
    const asking = request(proxy.url, options);
    asking.on('error', reject);
    asking.on('connect', ({ statusCode }, connected) => {
      if (statusCode === 200) return resolve(connected);
      connected.destroy();
      reject(new Error(`the proxy ${proxy.url.host} answered ${statusCode} to CONNECT ${path}`));
    });
    asking.end();
  });
  const secure = connect({ socket, ca, ...(isIP(host) ? { host } : { servername: host }) });
  await once(secure, 'secureConnect', { signal }).catch((error: unknown) => {
    secure.destroy();
    throw error;
  });
  return secure;
}

function isExempt(url: URL, list: string): boolean {
  const host = hostOf(url);
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entry === '*' || isInBlock(host, entry)) return true;
      const domain = name.replace(/^\*?\./, '').toLowerCase();
      if (port !== undefined && Number(port) !== portOf(url)) return false;
      return host === domain || host.endsWith(`.${domain}`);
    });
}

/** `10.0.0.0/8`, or an address as it is. */
function isInBlock(host: string, entry: string): boolean {
  const [address = '', bits] = entry.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (!isIP(host) || isIP(address) !== isIP(host)) return false;
  const block = new BlockList();
  try {
    block.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  } catch {
    return false;
  }
  return block.check(host, family);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (PORTS[protocol] ?? 0) : Number(port);
}
