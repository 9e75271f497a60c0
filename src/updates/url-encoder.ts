import type { WebhookType } from './update.js';

/**
 * Twin of Java's `URLEncoder.encode(text, UTF_8)`: a blank becomes `+`, letters, digits and `* - _ .` stay, all else is
 * percent-encoded (contract §1.1). Half a surrogate pair is encoded as `?`, as Java's UTF-8 encoder writes it.
 */
export function urlEncode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'))
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** The id of a webhook that was registered without one (contract §2). */
export function defaultWebhookId(type: WebhookType, uri: string): string {
  return `${type}-${urlEncode(uri)}`;
}

/** How an id may have been meant: as stored, or `TYPE-<raw uri>`, which clients send encoded once or not (contract §1.1). */
export function idSpellings(id: string): string[] {
  return [id, urlEncode(id)];
}
