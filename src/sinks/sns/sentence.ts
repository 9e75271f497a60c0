import { failure } from '../../egress/failure.js';
import type { Reason } from '../../updates/outcome.js';
import { codeOf, type Fault } from './classify.js';

/** A call of SNS, as sentences name it. */
export interface Call {
  action: 'sns:Publish' | 'sns:CreateTopic' | 'sns:GetTopicAttributes' | 'sns:ListTopics';
  /** Its ARN or its name. */
  topic: string;
  /** Who is asked: `SNS in eu-west-1`, or the endpoint's host. */
  host: string;
  /** The limit of all, where the fault names none of its own. */
  totalTimeoutMillis: number;
}

const MOST_CHARACTERS = 300;
/** They may come when the answer had begun, and still no answer came. */
const ON_THE_WAY: ReadonlySet<Reason> = new Set(['body_timeout', 'connection_reset']);

/** A failure in one sentence, with what can be done about it. Pure. Never a secret, never the payload. */
export function sentence(reason: Reason, fault: Fault, call: Call, requestId?: string): string {
  const { awsCode, status, error } = fault;
  const code = codeOf(awsCode ?? '');
  const answer = answered(fault, requestId);
  const words = `${quoted(fault.message)}${answer}`;
  switch (reason) {
    case 'access_denied':
      if (code.startsWith('KMS') && code !== 'KMSAccessDenied')
        return `The key of ${call.topic} can't be used: ${words}`;
      return `The credentials lack ${right(code, call)}${answer}`;
    // AWS quotes the request when it doubts a signature, session token included: its words stay out.
    case 'bad_credentials':
      return `${credentials(code)}${answer}`;
    case 'topic_missing':
      if (code === '')
        return `No region is known for ${call.topic}: set webhookQueue.awsRegion, or write the topic's ARN`;
      return code === 'NotFound' ? `There is no topic ${call.topic}${answer}` : `SNS refuses ${call.topic}: ${words}`;
  }
  if (awsCode !== undefined) return `SNS refuses: ${words}`;
  if (status !== undefined && !ON_THE_WAY.has(reason))
    return `${call.host} gave an answer that is none of SNS${answer}`;
  return failure(reason, circumstances(fault, call), error).detail;
}

function right(code: string, { action, topic }: Call): string {
  return code === 'KMSAccessDenied'
    ? `kms:GenerateDataKey or kms:Decrypt on the key of ${topic}`
    : `${action} on ${topic}`;
}

function credentials(code: string): string {
  switch (code) {
    case '':
    case 'MissingAuthenticationToken':
      return 'There are no AWS credentials: set webhookQueue.awsAccessKey and awsSecretKey, or give the service a role';
    case 'ExpiredToken':
      return 'The AWS credentials have expired';
    case 'InvalidClientTokenId':
    case 'UnrecognizedClient':
      return 'AWS knows no such access key';
    case 'SignatureDoesNotMatch':
    case 'InvalidSignature':
      return "The AWS secret key is not the access key's, or this machine's clock is wrong";
    case 'RequestExpired':
    case 'RequestTimeTooSkewed':
      return "The request is out of date for AWS: this machine's clock is wrong";
    default:
      return 'AWS takes no such credentials';
  }
}

/** ` (400 Throttling, request 1f2e…)` */
function answered({ awsCode, status }: Fault, requestId?: string): string {
  const code = [status, awsCode].filter((word) => word !== undefined).join(' ');
  const parts = [code, requestId === undefined ? '' : `request ${requestId}`].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** The SDK says which of its limits was hit: `… exceeded the configured 3000 ms requestTimeout`. */
function circumstances({ message }: Fault, { host, totalTimeoutMillis }: Call) {
  const millis = Number(/(\d+) ms/.exec(message)?.[1] ?? totalTimeoutMillis);
  return { host, connectTimeoutMillis: millis, deadlineMillis: millis, maxResponseHeaderBytes: 0, maxResponseBytes: 0 };
}

/** As Postgres can store it: neither NUL nor half of a pair that the cut split. */
function quoted(message: string): string {
  const text = message.length > MOST_CHARACTERS ? `${message.slice(0, MOST_CHARACTERS)}…` : message;
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd').replace(/\s+/g, ' ');
}
