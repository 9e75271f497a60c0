import { errors } from 'undici';
import { describe, expect, it } from 'vitest';
import { failure, ForbiddenAddressError, reasonOf } from './failure.js';
import { ProxyError } from './proxy.js';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('reasonOf', () => {
  it.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
    ['ETIMEDOUT', 'connect_timeout'],
    ['UND_ERR_HEADERS_OVERFLOW', 'headers_too_large'],
    ['ECONNRESET', 'connection_reset'],
    ['EPIPE', 'connection_reset'],
    ['UND_ERR_SOCKET', 'connection_reset'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'connection_reset'],
    ['EPROTO', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'tls'],
    ['HOSTNAME_MISMATCH', 'tls'],
    ['EHOSTUNREACH', 'network'],
    ['EMFILE', 'network'],
    ['UND_ERR_INVALID_ARG', null],
    ['UND_ERR_CLOSED', null],
    ['ERR_INVALID_CHAR', null],
    ['', null],
  ])('takes %s for %s', (code, reason) => {
    expect(reasonOf(coded(code))).toBe(reason);
  });

  it('knows the replies that undici refuses without a code of their own', () => {
    expect(reasonOf(new errors.HTTPParserError('Expected HTTP/'))).toBe('malformed_reply');
    expect(reasonOf(coded('UND_ERR_SOCKET', 'bad response'))).toBe('malformed_reply');
    expect(reasonOf(coded('UND_ERR_SOCKET', 'bad upgrade'))).toBe('malformed_reply');
  });

  it('takes a refusal for the reason when one of several addresses refused', () => {
    expect(reasonOf(new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')]))).toBe('connection_refused');
    expect(reasonOf(new AggregateError([coded('ENETUNREACH'), coded('EHOSTUNREACH')]))).toBe('network');
  });
});

describe('failure', () => {
  const at = {
    host: 'shop.example:443',
    connectTimeoutMillis: 5_000,
    deadlineMillis: 60_000,
    maxResponseHeaderBytes: 16_384,
    maxResponseBytes: 1_048_576,
  };

  it.each([
    ['body_timeout', 'The reply began but did not end within 60 000 ms'],
    ['connect_timeout', 'No connection to shop.example:443 within 5 000 ms'],
    ['body_too_large', 'The body of the reply is larger than 1 048 576 bytes'],
    ['connection_refused', 'Nobody listens at shop.example:443 (connection refused)'],
  ] as const)('says %s with the numbers', (reason, detail) => {
    expect(failure(reason, at)).toEqual({ ok: false, reason, detail });
  });

  it('says which address is forbidden, and why', () => {
    const error = new ForbiddenAddressError('10.0.0.1', 'private (RFC 1918)');
    expect(failure('forbidden_address', at, error).detail).toBe(
      'shop.example:443 leads to 10.0.0.1, which egress refuses: private (RFC 1918)',
    );
  });

  it('says so where the host or the port is refused, whatever its address', () => {
    const error = new ForbiddenAddressError(null, 'port 443 is none of egress.ports');
    expect(failure(reasonOf(error)!, at, error).detail).toBe(
      'Egress refuses shop.example:443: port 443 is none of egress.ports',
    );
  });

  it('names the proxy where it was the proxy', () => {
    const error = new ProxyError(
      'proxy_refused',
      "The forward proxy p:3128 didn't connect to 8.8.8.8:443: 403 Forbidden",
    );
    expect(failure(reasonOf(error)!, at, error)).toEqual({
      ok: false,
      reason: 'proxy_refused',
      detail: `${error.message} (on the way to shop.example:443)`,
    });
  });
});
