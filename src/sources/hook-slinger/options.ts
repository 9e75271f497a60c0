import type { Secret } from '../../config/secret.js';

/** How direct messages come in and leave. What each means stands in config/default.yaml. */
export abstract class HookSlingerOptions {
  abstract readonly token: Secret | null;
  abstract readonly cors: boolean;
  abstract readonly successStatus: number | null;
  abstract readonly maxRetries: number;
  abstract readonly intervalMillis: number;
  abstract readonly httpTimeoutMillis: number;
}
