import { InvalidInputError } from '../../errors/errors.js';

/** The last spelling is encoded twice, as Sail's command line sends it. */
const MOST_DECODINGS = 2;
const IS_URL = /^[a-z][a-z\d+.-]*:\/\//i;

/**
 * The urls that a request may mean by `?url=`, likeliest first: clients encode it twice, once, or not at all (contract of
 * Sail Above, §1). It is decoded until it reads as a url, and once more for those who leave : and / as they are. Not
 * encoded, it reaches to the end, as it may hold a & of its own.
 * @param target path and query as they were sent
 * @throws InvalidInputError where none is asked for
 */
export function readAskedUrls(target: string): string[] {
  const [, rest] = /[?&]url=(.+)$/s.exec(target) ?? [];
  if (rest === undefined) throw new InvalidInputError('url', 'url is missing: write ?url= and the url of a webhook');
  const [own = ''] = rest.split('&', 1);
  const spellings = [rest, ...decodings(own)];
  return [...new Set(spellings)].filter((text) => IS_URL.test(text));
}

/** The text, and what becomes of it when it is decoded again and again. */
function decodings(text: string): string[] {
  const all = [text];
  try {
    while (all.length <= MOST_DECODINGS) all.push(decodeURIComponent(all.at(-1)!));
  } catch {
    // A % that begins no escape: it can't be decoded further.
  }
  return all;
}
