/** How deliveries are signed where a webhook doesn't say. */
export abstract class SigningOptions {
  /** A webhook that is registered without a secret gets one. */
  abstract readonly byDefault: boolean;
  /** How long an old secret signs beside its successor. */
  abstract readonly overlapHours: number;
}
