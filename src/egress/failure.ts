import { errors } from 'undici';
import type { Reason } from '../updates/outcome.js';
import { ProxyError } from './proxy.js';

/** An exchange that brought no complete reply. Expected: receivers and networks fail every day. */
export interface Failure {
  ok: false;
  reason: Reason;
  /** One sentence for a person. */
  detail: string;
  /** The status, if the reply had begun. */
  status?: number;
}

/** What a sentence may name. */
export interface Circumstances {
  /** Host and port. Never more of the uri: paths and queries hold secrets. */
  host: string;
  connectTimeoutMillis: number;
  deadlineMillis: number;
  maxResponseHeaderBytes: number;
  maxResponseBytes: number;
}

/** The egress rules forbid the address of a host, or the host or the port itself. */
export class ForbiddenAddressError extends Error {
  constructor(
    /** Null: it wasn't looked up. */
    readonly address: string | null,
    readonly why: string,
  ) {
    super(`${address ?? 'The place'} is forbidden: ${why}`);
    this.name = 'ForbiddenAddressError';
  }
}

/** By the codes of Node.js (`err.code`), undici (`UND_ERR_*`). */
const REASONS: ReadonlyArray<[RegExp, Reason]> = [
  [/^ECONNREFUSED$/, 'connection_refused'],
  [/^(ENOTFOUND|ENODATA|EAI_\w+)$/, 'dns'],
  [/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, 'connect_timeout'],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'headers_too_large'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'connection_reset'],
  // X.509's own codes have no common prefix: https://nodejs.org/api/tls.html#x509-certificate-error-codes
  [/^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_)/, 'tls'],
  [/^(HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)$/, 'tls'],
  [/^E[A-Z]+$/, 'network'],
];

/** The reason an error stands for; null for one that is a bug of ours. */
export function reasonOf(error: Error): Reason | null {
  if (error instanceof ForbiddenAddressError) return 'forbidden_address';
  if (error instanceof ProxyError) return error.reason;
  // One error per address that was tried: somebody refusing says more than a family without a route.
  if (error instanceof AggregateError) {
    const reasons = error.errors.map((inner: Error) => reasonOf(inner));
    return reasons.find((reason) => reason === 'connection_refused') ?? reasons[0] ?? null;
  }
  if (error instanceof errors.HTTPParserError) return 'malformed_reply';
  // undici's words for 100, 101, and bytes that come without a request.
  if (/^bad (response|upgrade)$/.test(error.message)) return 'malformed_reply';
  const code = codeOf(error);
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

export function failure(reason: Reason, at: Circumstances, error?: Error): Failure {
  return { ok: false, reason, detail: describe(reason, at, error) };
}

function describe(reason: Reason, at: Circumstances, error?: Error): string {
  if (error instanceof ForbiddenAddressError) return refusalSentence(at.host, error.address, error.why);
  if (error instanceof ProxyError) return `${error.message} (on the way to ${at.host})`;
  const code = error ? codeOf(error) : '';
  switch (reason) {
    case 'connection_refused':
      return `Nobody listens at ${at.host} (connection refused)`;
    case 'dns':
      return `The host of ${at.host} has no address (${code})`;
    case 'connect_timeout':
      return `No connection to ${at.host} within ${grouped(Math.min(at.connectTimeoutMillis, at.deadlineMillis))} ms`;
    case 'timeout':
      return `No reply from ${at.host} within ${grouped(at.deadlineMillis)} ms`;
    case 'body_timeout':
      return `The reply began but did not end within ${grouped(at.deadlineMillis)} ms`;
    case 'connection_reset':
      return `${at.host} closed the connection before its reply was complete`;
    case 'tls':
      return `The TLS handshake with ${at.host} failed (${code})`;
    case 'malformed_reply':
      return `${at.host} answered with something that is no HTTP reply`;
    case 'headers_too_large':
      return `The headers of the reply are larger than ${grouped(at.maxResponseHeaderBytes)} bytes`;
    case 'body_too_large':
      return `The body of the reply is larger than ${grouped(at.maxResponseBytes)} bytes`;
    case 'cut_short':
      return `Cut short to make room for receivers that answer`;
    default:
      return `The network failed on the way to ${at.host} (${code})`;
  }
}

/** `address` null: what is refused is the host or the port. */
export function refusalSentence(host: string, address: string | null, why: string): string {
  return address === null
    ? `Egress refuses ${host}: ${why}`
    : `${host} leads to ${address}, which egress refuses: ${why}`;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** 60000 → `60 000` */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
