import {
  Flag,
  isPathOrNull,
  isTokenOrNull,
  isWhole,
  isWholeOrNull,
  MOST_MILLIS,
  SecretValue,
  Value,
  Whole,
} from './rules.js';

export class HookSlingerSettings {
  @SecretValue('a token of ASCII characters without blanks around it, or null', isTokenOrNull)
  readonly apiToken: string | null;

  @SecretValue('the path of a file that holds the token, or null', isPathOrNull)
  readonly apiTokenFile: string | null;

  @Value('the path of a .env file, or null', isPathOrNull)
  readonly envFile: string | null;

  @Flag()
  readonly cors: boolean;

  @Value('a status from 200 to 299, or null for any of them', isWholeOrNull(200, 299))
  readonly successStatus: number | string | null;

  /** Hook Slinger answers every request with 500 when it is 0. */
  @Value('a whole number of retries from 1 to 10000: as in Hook Slinger, there is at least one', isWhole(1, 10_000))
  readonly maxRetries: number;

  @Whole('milliseconds', 0, MOST_MILLIS)
  readonly intervalMillis: number;

  @Whole('milliseconds', 1, MOST_MILLIS)
  readonly httpTimeoutMillis: number;
}
