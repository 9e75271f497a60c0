import { X509Certificate } from 'node:crypto';
import type { EgressConfig } from './config.js';
import { isProxyUrl, portsOf } from './egress-values.js';
import { Secret } from './secret.js';
import { readSecret, refusal, type OriginOf } from './secret-file.js';
import type { Settings } from './settings.dto.js';

/** @throws ConfigError on a file that can't be read, and on what it shouldn't hold */
export function egressOf(settings: Settings['egress'], originOf: OriginOf, cwd: string): EgressConfig {
  const { allow, deny, ports, proxyResolves, noProxy, tls } = settings;
  return {
    allow,
    deny,
    ports: portsOf(ports) ?? null,
    proxy: proxyOf(settings, originOf, cwd),
    proxyResolves,
    noProxy,
    tls: { ca: authoritiesIn(tls.caFile, originOf, cwd), minVersion: tls.minVersion },
  };
}

function proxyOf({ proxy, proxyFile }: Settings['egress'], originOf: OriginOf, cwd: string): Secret | null {
  const [given, file] = ['egress.proxy', 'egress.proxyFile'] as const;
  if (proxyFile === null) return proxy === null ? null : new Secret(proxy);
  if (proxy !== null) {
    const reason = `${given} and ${file} are both given: write one of them.`;
    throw refusal(file, `${originOf(given)} and ${originOf(file)}`, reason);
  }
  const url = readSecret(file, proxyFile, originOf, cwd);
  if (isProxyUrl(url)) return new Secret(url);
  const reason = `${file} names ${proxyFile}, which holds no url of a proxy: write http://user:password@host:3128 into it.`;
  throw refusal(file, originOf(file), reason);
}

function authoritiesIn(path: string | null, originOf: OriginOf, cwd: string): string | null {
  if (path === null) return null;
  const key = 'egress.tls.caFile';
  const text = readSecret(key, path, originOf, cwd);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    // One that can't be read throws.
    if (blocks.map((block) => new X509Certificate(block)).length > 0) return text;
  } catch {
    // Told below.
  }
  const reason = `${key} names ${path}, which holds no certificates that can be read: write them in PEM, from -----BEGIN CERTIFICATE----- on.`;
  throw refusal(key, originOf(key), reason);
}
