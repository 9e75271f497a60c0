import type { SecureContext } from 'node:tls';
import type { EgressConfig } from '../config/config.js';
import { compileEntries, compilePolicy, type Policy } from './policy.js';
import { readProxy, type Proxy } from './proxy.js';
import { secureContextOf, type TlsOptions } from './tls.js';

/** `egress` of the config, ready to judge and to connect. */
export interface Egress {
  policy: Policy;
  /** Null: receivers are dialled directly. */
  proxy: Proxy | null;
  tls: TlsOptions;
  /** For whoever has no TLS settings of its own: made when it is first needed, and shared. */
  secure: () => SecureContext;
}

/** @throws ConfigError with the key of an entry that is none */
export function compileEgress(config: EgressConfig): Egress {
  const { tls } = config;
  const none = compileEntries(config.noProxy, 'egress.noProxy');
  let shared: SecureContext | null = null;
  const secure = () => (shared ??= secureContextOf(tls, null));
  const proxy = config.proxy && {
    ...readProxy(config.proxy.reveal()),
    secure,
    resolves: config.proxyResolves,
    none,
  };
  return { policy: compilePolicy(config), proxy, tls, secure };
}
