import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, type Answer, startHooktide, type Hooktide, type HooktideOptions } from './hooktide.js';

/** The token of `auth.tokenFile` in these tests. */
export const OPERATOR = 'correct-horse';

export const bearing = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

/** A Hooktide that asks for tokens. */
export interface LockedHooktide extends Hooktide {
  /** Calls with this token. */
  by(token: string, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Makes a token, and answers with it. */
  make(token: { name: string; scopes: string[]; application?: string; expiresInHours?: number }): Promise<MadeToken>;
}

export interface MadeToken {
  id: number;
  token: string;
}

export async function startLocked({ env = {}, ...options }: HooktideOptions = {}): Promise<LockedHooktide> {
  const folder = await mkdtemp(join(tmpdir(), 'hooktide-tokens-'));
  await writeFile(join(folder, 'token'), OPERATOR, { mode: 0o600 });
  const hooktide = await startHooktide({ ...options, env: { AUTH_TOKEN_FILE: join(folder, 'token'), ...env } });
  const by = (token: string, method: string, path: string, body?: unknown) =>
    call(hooktide.url, method, path, body, bearing(token));
  return {
    ...hooktide,
    by,
    make: async (token) => {
      const answer = await by(OPERATOR, 'POST', '/api/tokens', token);
      if (answer.status !== 201) throw new Error(`The token was not made: ${answer.text}`);
      return answer.json as MadeToken;
    },
    stop: async () => {
      await hooktide.stop();
      await rm(folder, { recursive: true });
    },
  };
}
