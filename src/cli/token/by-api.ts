import type { TokenRow } from '../../auth/token.repository.js';
import type { MadeToken } from '../../auth/tokens.js';
import { openApi } from '../api.js';
import type { Printed, Registry } from './registry.js';

interface Page {
  items: Printed<TokenRow>[];
  next: string | null;
}

const PAGE = 1_000;

/** The tokens of the Hooktide that `HOOKTIDE_URL` names. */
export function registryByApi(env: NodeJS.ProcessEnv): Registry {
  const api = openApi(env);
  return {
    create: async (token) => (await api.call('POST', '/tokens', token)) as Printed<MadeToken>,
    list: async () => {
      const all: Printed<TokenRow>[] = [];
      let after: string | null = '0';
      while (after !== null) {
        const page = (await api.call('GET', `/tokens?limit=${PAGE}&after=${after}`)) as Page;
        all.push(...page.items);
        after = page.next;
      }
      return all;
    },
    revoke: async (id) => {
      await api.call('DELETE', `/tokens/${id}`);
    },
    close: async () => undefined,
  };
}
