import { describe, expect, it } from 'vitest';
import { classify } from './classify.js';

const thrown = (name: string, message = 'x', more: { code?: string; syscall?: string } = {}) =>
  Object.assign(new Error(message), { name }, more);

describe('classify', () => {
  it.each([
    [400, 'Throttling', 'throttled'],
    [400, 'ThrottlingException', 'throttled'],
    [429, 'Throttled', 'throttled'],
    [400, 'KMSThrottling', 'throttled'],
    [400, 'RequestThrottledException', 'throttled'],
    [429, 'Whatever', 'throttled'],
    [503, 'ServiceUnavailable', 'unavailable'],
    [500, 'InternalError', 'server_error'],
    [500, 'InternalFailure', 'server_error'],
    [502, 'Whatever', 'server_error'],
    [404, 'NotFound', 'topic_missing'],
    [403, 'TopicLimitExceeded', 'topic_missing'],
    [403, 'AuthorizationError', 'access_denied'],
    [403, 'AccessDenied', 'access_denied'],
    [403, 'AccessDeniedException', 'access_denied'],
    [403, 'OptInRequired', 'access_denied'],
    [400, 'KMSAccessDenied', 'access_denied'],
    [400, 'KMSDisabled', 'access_denied'],
    [403, 'ExpiredToken', 'bad_credentials'],
    [403, 'ExpiredTokenException', 'bad_credentials'],
    [400, 'RequestExpired', 'bad_credentials'],
    [403, 'InvalidClientTokenId', 'bad_credentials'],
    [403, 'UnrecognizedClientException', 'bad_credentials'],
    [403, 'MissingAuthenticationToken', 'bad_credentials'],
    [403, 'SignatureDoesNotMatch', 'bad_credentials'],
    [400, 'IncompleteSignature', 'bad_credentials'],
    [403, 'InvalidSecurity', 'bad_credentials'],
    [400, 'BatchRequestTooLong', 'message_too_large'],
    [400, 'AWS.SimpleQueueService.BatchRequestTooLong', 'message_too_large'],
    [400, 'InvalidParameter', 'refused'],
    [400, 'InvalidParameterValue', 'refused'],
    [400, 'ValidationException', 'refused'],
    [400, 'Exception', 'refused'],
  ])('takes %d %s for %s', (status, awsCode, reason) => {
    expect(classify({ awsCode, message: 'x', status })).toBe(reason);
  });

  it('knows a topic’s own limit by its words', () => {
    const fault = { awsCode: 'InvalidParameter', message: 'Invalid parameter: Message too long', status: 400 };
    expect(classify(fault)).toBe('message_too_large');
  });

  it.each([
    ['InternalError', 'server_error'],
    ['ThrottlingException', 'throttled'],
    ['InvalidParameter', 'refused'],
  ])('takes %s of one entry for %s', (awsCode, reason) => {
    expect(classify({ awsCode, message: 'x' })).toBe(reason);
  });

  it.each([
    [200, 'malformed_reply'],
    [302, 'redirect'],
    [401, 'bad_credentials'],
    [403, 'access_denied'],
    [404, 'refused'],
    [408, 'unexpected_status'],
    [429, 'throttled'],
    [502, 'server_error'],
    [503, 'unavailable'],
  ])('takes a %d that is no word of SNS for %s', (status, reason) => {
    expect(classify({ message: 'x', status, error: new Error('XML parse error') })).toBe(reason);
  });

  it.each([
    ['connection_reset', thrown('TimeoutError', 'read ECONNRESET', { code: 'ECONNRESET' })],
    ['connection_reset', thrown('TimeoutError', 'write EPIPE', { code: 'EPIPE' })],
    ['connect_timeout', thrown('TimeoutError', 'connect ETIMEDOUT', { code: 'ETIMEDOUT', syscall: 'connect' })],
    ['connect_timeout', thrown('TimeoutError', 'the request socket did not establish a connection with the server')],
    ['timeout', thrown('TimeoutError', 'exceeded the configured 3000 ms requestTimeout', { code: 'ETIMEDOUT' })],
    ['timeout', thrown('TimeoutError', 'the request socket timed out after 3000 ms of inactivity')],
    ['timeout', thrown('AbortError', 'Request aborted')],
    ['connection_refused', thrown('Error', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' })],
    ['dns', thrown('Error', 'getaddrinfo ENOTFOUND', { code: 'ENOTFOUND' })],
    ['tls', thrown('Error', 'write EPROTO', { code: 'EPROTO' })],
    ['network', thrown('Error', 'connect EHOSTUNREACH', { code: 'EHOSTUNREACH' })],
    ['malformed_reply', thrown('Error', 'Parse Error: Expected HTTP/', { code: 'HPE_INVALID_CONSTANT' })],
    ['bad_credentials', thrown('CredentialsProviderError', 'Could not load credentials from any providers')],
    ['bad_credentials', thrown('TokenProviderError')],
    ['topic_missing', new Error('Region is missing')],
    [null, new TypeError('x is not a function')],
  ])('without an answer finds %s', (reason, error) => {
    expect(classify({ message: error.message, error })).toBe(reason);
  });

  it('tells a reply that began from one that did not', () => {
    const error = thrown('TimeoutError', 'the request socket timed out after 3000 ms of inactivity');
    expect(classify({ message: error.message, status: 200, error })).toBe('body_timeout');
    const aborted = thrown('Error', 'aborted', { code: 'ECONNRESET' });
    expect(classify({ message: 'aborted', status: 200, error: aborted })).toBe('connection_reset');
  });
});
