import { isIP } from 'node:net';
import { HooktideError } from '../errors/errors.js';

/** The request is for a host that isn't this one: a foreign page's, whose name leads here. */
export class ForeignHostError extends HooktideError {
  readonly code = 'foreign_host';

  constructor(host: string) {
    super(
      `This is not ${host.slice(0, 100)}: as long as no token is asked for, call it localhost, ` +
        'or write auth.tokenFile, or auth.mode: none to let everybody in',
    );
  }
}

/** A page of another origin wants to change something. */
export class ForeignPageError extends HooktideError {
  readonly code = 'foreign_page';

  constructor(origin = 'another origin') {
    super(
      `Pages of ${origin.slice(0, 100)} may not change anything here: write it into server.corsOrigins to let them`,
    );
  }
}

/** What of a request tells where it comes from. */
export interface Sent {
  method?: string;
  headers: { host?: string; origin?: string; 'sec-fetch-site'?: string | string[] };
}

export interface Homes {
  /** Those whose pages may call. */
  origins: readonly string[];
  /** Whether everybody who reaches this may call, which is loopback alone. */
  isOpen: boolean;
}

const READING = ['GET', 'HEAD', 'OPTIONS'];
/** A browser that was told so by nobody but its user, or by a page of this origin. */
const OWN_SITES = ['same-origin', 'none'];

/**
 * Why a browser's request is not served; null: it is.
 *
 * Where no token is asked for, the name that it calls this by has to be one of loopback: a page of `evil.example` may have
 * had its own name lead here (DNS rebinding), and to its browser would be of this origin. An address can't be made to lead
 * elsewhere. What changes something may come from pages of this origin and of those that are listed, and from whoever is no
 * browser. Browsers say so by `Sec-Fetch-Site`, which holds behind a proxy too; older ones only by `Origin`.
 */
export function foreignnessOf({ method = '', headers }: Sent, { origins, isOpen }: Homes): HooktideError | null {
  const { host, origin } = headers;
  if (isOpen && host !== undefined && !isLoopbackName(host)) return new ForeignHostError(host);
  if (READING.includes(method)) return null;
  if (origin !== undefined && origins.includes(origin)) return null;
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined ? isOfHost(origin, host) : OWN_SITES.includes(String(site));
  return isOwn ? null : new ForeignPageError(origin);
}

/** With or without a port. */
function isLoopbackName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

/** The scheme isn't compared: a proxy may have taken the encryption off. */
function isOfHost(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === withoutDefaultPort(host, origin));
}

/** As in an origin, which leaves out the port of its scheme. */
function withoutDefaultPort(host: string | undefined, origin: string): string | undefined {
  return host?.toLowerCase().replace(origin.startsWith('https:') ? /:443$/ : /:80$/, '');
}
