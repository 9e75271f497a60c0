/**
 * What a token may do: `read` = look at everything; `ingest` = send updates and direct messages, and nothing else;
 * `webhooks` = change what is registered and what waits, and read; `admin` = everything, tokens included.
 */
export const SCOPES = ['read', 'ingest', 'webhooks', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];
