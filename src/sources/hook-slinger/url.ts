const NAME = '(?:[A-Z0-9](?:[A-Z0-9-]{0,61}[A-Z0-9])?[.])+(?:[A-Z]{2,6}[.]?|[A-Z0-9-]{2,}[.]?)';
const ADDRESS = '[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}';
/** As Python has them. */
const BLANKS = String.raw`\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
/** One line end may stand behind it all. */
const REST = String.raw`(?:/?|[/?][^${BLANKS}]+)\n?`;
const URL_RULE = new RegExp(`^(?:http|ftp)s?://(?:${NAME}|localhost|${ADDRESS})(?::[0-9]+)?${REST}$`, 'i');

/** Names of hosts end at 253 characters, and what is stored by its origin has to end somewhere. */
const HAS_LONG_HOST = /^[^/]*\/\/[^/?]{500}/;

/**
 * What Hook Slinger takes for a URL: a rule of Django 1.3 (contract §1.5). It says nothing of whether it may be sent to,
 * which egress does when it is. ASCII only, where Python takes digits and letters of other scripts for hosts.
 */
export function isUrl(text: string): boolean {
  return URL_RULE.test(text) && !HAS_LONG_HOST.test(text);
}
