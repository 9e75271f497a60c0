import { isPathOrNull, SecretValue, Whole } from './rules.js';
import { AN_ENDPOINT, areHeadersOrNull, isEndpointOrNull, SOME_HEADERS } from './tracing-values.js';

export class TracingSettings {
  @SecretValue(AN_ENDPOINT, isEndpointOrNull)
  readonly endpoint: string | null;

  @SecretValue(SOME_HEADERS, areHeadersOrNull)
  readonly headers: string | null;

  @SecretValue('the path of a file that holds the headers, or null', isPathOrNull)
  readonly headersFile: string | null;

  @Whole('percent', 0, 100)
  readonly samplePercent: number;
}
