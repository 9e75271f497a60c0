const DAY = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const WEEKDAY = '(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)';
const MONTH = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = String.raw`\d{2}:\d{2}:\d{2}`;

/** The three forms of an HTTP date that a recipient has to take (RFC 9110 §5.6.7). */
const IMF_FIXDATE = new RegExp(String.raw`^${DAY}, \d{2} ${MONTH} \d{4} ${TIME} GMT$`);
const RFC_850 = new RegExp(String.raw`^${WEEKDAY}, \d{2}-${MONTH}-\d{2} ${TIME} GMT$`);
const ASCTIME = new RegExp(String.raw`^${DAY} ${MONTH} [ \d]\d ${TIME} \d{4}$`);

/**
 * How long `Retry-After` asks to wait, in milliseconds from `now` (epoch milliseconds): seconds or a date (RFC 9110
 * §10.2.3). What lies in the past is 0; what is neither is ignored.
 */
export function retryAfterMillis(text: string | undefined, now: number): number | undefined {
  const value = text?.trim() ?? '';
  const millis = /^-?\d+$/.test(value) ? Number(value) * 1000 : parseHttpDate(value) - now;
  if (Number.isNaN(millis)) return undefined;
  return Math.min(Math.max(millis, 0), Number.MAX_SAFE_INTEGER);
}

/** Epoch milliseconds, or NaN. `Date.parse` alone takes nearly anything for a date. */
function parseHttpDate(text: string): number {
  if (IMF_FIXDATE.test(text) || RFC_850.test(text)) return Date.parse(text);
  return ASCTIME.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
}
