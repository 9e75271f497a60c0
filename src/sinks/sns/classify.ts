import { reasonOf } from '../../egress/failure.js';
import type { Reason } from '../../updates/outcome.js';
import { classify as classifyStatus } from '../http/classify.js';

/** What went wrong, as AWS or the way there tells it. */
export interface Fault {
  /** The error code on the wire (`Throttling`), of a whole answer or of one entry of a batch; missing: SNS sent none. */
  awsCode?: string;
  message: string;
  /** Missing: no answer came. */
  status?: number;
  /** What was thrown; missing for an entry. */
  error?: Error;
}

/** By the codes of the wire, `Exception` left off. The SDK never says what can be tried again, and its names vary. */
const REASONS: ReadonlyArray<[RegExp, Reason]> = [
  [/^(Throttling|Throttled|KMSThrottling|RequestThrottled|RequestLimitExceeded|TooManyRequests)$/, 'throttled'],
  [/^(ServiceUnavailable)$/, 'unavailable'],
  [/^(InternalError|InternalFailure|InternalServerError)$/, 'server_error'],
  [/^(NotFound|TopicLimitExceeded)$/, 'topic_missing'],
  [/^(AuthorizationError|AccessDenied|NotAuthorized|OptInRequired|KMS\w+)$/, 'access_denied'],
  [/^(ExpiredToken|RequestExpired|RequestTimeTooSkewed)$/, 'bad_credentials'],
  [/^(InvalidClientTokenId|UnrecognizedClient|MissingAuthenticationToken)$/, 'bad_credentials'],
  [/^(SignatureDoesNotMatch|IncompleteSignature|InvalidSignature|InvalidSecurity)$/, 'bad_credentials'],
  [/BatchRequestTooLong$/, 'message_too_large'],
];

/** The reason a fault stands for; null for a bug of ours. Pure. */
export function classify(fault: Fault): Reason | null {
  const { awsCode, message, status, error } = fault;
  if (awsCode !== undefined) return ofAnswer(codeOf(awsCode), message, status);
  const named = error ? ofError(error, status) : null;
  if (named !== null) return named;
  // No code: a proxy or a load balancer answered, or something that isn't SNS.
  if (status === undefined) return null;
  if (status === 401) return 'bad_credentials';
  if (status === 403) return 'access_denied';
  const reason = classifyStatus(status, undefined, 0).reason;
  return reason === 'delivered' ? 'malformed_reply' : reason;
}

/** `ExpiredTokenException` → `ExpiredToken` */
export function codeOf(awsCode: string): string {
  return awsCode.replace(/(?<=.)Exception$/, '');
}

function ofAnswer(code: string, message: string, status: number | undefined): Reason {
  const known = REASONS.find(([pattern]) => pattern.test(code))?.[1];
  if (known !== undefined) return known;
  // A topic may have a limit below 256 KiB (`MaximumMessageSize`), and SNS has no code for it.
  if (code === 'InvalidParameter' && /too long/i.test(message)) return 'message_too_large';
  if (status === undefined) return 'refused';
  return status >= 500 ? 'server_error' : status === 429 ? 'throttled' : 'refused';
}

/**
 * What the SDK throws of its own has a name and no code, and a reset is a `TimeoutError` for it:
 * https://github.com/smithy-lang/smithy-typescript, packages/node-http-handler.
 */
function ofError(error: Error, status: number | undefined): Reason | null {
  const { name, message, syscall } = error as NodeJS.ErrnoException;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') return 'bad_credentials';
  if (message.startsWith('Region is missing')) return 'topic_missing';
  if (code.startsWith('HPE_')) return 'malformed_reply';
  if (name === 'AbortError') return 'timeout';
  if (name === 'TimeoutError' && (code === '' || code === 'ETIMEDOUT')) {
    if (syscall === 'connect' || message.includes('did not establish a connection')) return 'connect_timeout';
    return status === undefined ? 'timeout' : 'body_timeout';
  }
  return reasonOf(error);
}
