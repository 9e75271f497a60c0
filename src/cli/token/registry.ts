import type { TokenRow } from '../../auth/token.repository.js';
import type { MadeToken } from '../../auth/tokens.js';

/** What JSON makes of it: times are texts. */
export type Printed<T> = { [K in keyof T]: Extract<T[K], Date> extends never ? T[K] : string | Extract<T[K], null> };

/** Where tokens are made, listed and revoked: behind the API, or right in the database. */
export interface Registry {
  /**
   * @param token as `POST /api/tokens` takes it
   * @throws ExitError
   */
  create(token: Record<string, unknown>): Promise<Printed<MadeToken>>;
  list(): Promise<Printed<TokenRow>[]>;
  revoke(id: number): Promise<void>;
  close(): Promise<void>;
}
