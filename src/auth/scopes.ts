import { SCOPES, type Scope } from '../config/scope.js';

/** What each scope lets its bearer do. */
const COVERED: Record<Scope, readonly Scope[]> = {
  read: ['read'],
  ingest: ['ingest'],
  webhooks: ['webhooks', 'read'],
  admin: SCOPES,
};

/** Whether these scopes let somebody do what takes `need`. */
export const covers = (scopes: readonly Scope[], need: Scope): boolean =>
  scopes.some((scope) => COVERED[scope].includes(need));

/** The scopes each of which would do. */
export const scopesFor = (need: Scope): Scope[] => SCOPES.filter((scope) => COVERED[scope].includes(need));
