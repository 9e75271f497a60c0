import { isIPv6 } from 'node:net';

/**
 * Whether `java.net.URI` takes a text: Singularity refuses a webhook's uri only if it doesn't (contract §1.3, the 400
 * `Invalid URI provided`). The grammar is that of RFC 2396 and RFC 2732 with the class's own deviations: characters
 * beyond ASCII that are neither controls nor blanks stand for themselves, paths and authorities may be empty, and an
 * authority that names no server is any registry name.
 */
export function parseableByJavaNetUri(uri: string): boolean {
  const authority = URI.exec(uri)?.groups?.authority;
  if (authority === undefined) return URI.test(uri);
  return REGISTRY_NAME.test(authority) || isIPv6(IPV6_SERVER.exec(authority)?.[1] ?? '');
}

const UNRESERVED = String.raw`A-Za-z0-9\-_.!~*'()`;
const ESCAPED = String.raw`%[0-9A-Fa-f]{2}|[^\u0000-\u009f\p{Z}]`;
const inAny = (chars: string) => `(?:[${UNRESERVED}${chars}]|${ESCAPED})`;

const URIC = inAny(String.raw`;\/?:@&=+$,\[\]`);
const PATH = inAny(String.raw`:@&=+$,;\/`);
/** `//` wants an authority, or something behind it. */
const HIERARCHY = String.raw`(?:(?!\/\/)|\/\/(?:(?<authority>[^\/?#]+)|(?=[\/?#])))${PATH}*(?:\?${URIC}*)?`;
const SCHEME = String.raw`[A-Za-z][A-Za-z0-9+\-.]*:`;
/** Absolute and hierarchical (`http://…`), absolute and opaque (`mailto:…`), or relative (no colon in its first part). */
const URI = new RegExp(`^(?:(?:${SCHEME}(?=/)|(?![^/?#]*:))${HIERARCHY}|${SCHEME}(?!/)${URIC}+)(?:#${URIC}*)?$`, 'u');
const REGISTRY_NAME = new RegExp(`^${inAny('$,;:@&=+')}+$`, 'u');
const IPV6_SERVER = new RegExp(String.raw`^(?:${inAny('$,;:&=+')}*@)?\[([^\]]*)\](?::\d*)?$`, 'u');
