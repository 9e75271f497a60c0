/**
 * Secrets of tests hold one of these words, by which they are known wherever they leak: letters, digits and a dash, which no
 * escaping changes.
 */
const MARKS = ['s3cret', 'hunter2', 'correct-horse'];

/** A secret that nobody may see but the receiver. */
export const canary = (name: string): string => `${name}-${MARKS[0]}`;

/** Those that Hooktide makes are known by themselves: signing secrets and private keys, tokens of the API, sealed texts. */
const MADE = /whsec_[A-Za-z0-9+/]{32,}|whsk_[A-Za-z0-9+/]{32,}|hkt_[\w-]{43}|\bs1\.[\da-f]{12}\.[\w-]{32,}/;

const NEEDLES = MARKS.flatMap((mark) => [mark, Buffer.from(mark).toString('hex'), ...inBase64(mark)]);

/** What is the same wherever the mark stands in a longer text, at each of the three places in a group of base64. */
function inBase64(mark: string): string[] {
  return [0, 1, 2].map((offset) => {
    const coded = Buffer.from('\0'.repeat(offset) + mark).toString('base64');
    // A character at either end may depend on what stands beside the mark.
    return coded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + mark.length) * 8) / 6));
  });
}

/** The secret that stands in a text, with a little of what is around it; null: none. */
export function leakIn(text: string): string | null {
  const at = Math.max(...NEEDLES.map((needle) => text.indexOf(needle)), text.search(MADE));
  return at === -1 ? null : text.slice(Math.max(0, at - 60), at + 60);
}

const leaks: string[] = [];

/** Every line of a log, answer of the API and output of a process of the tests passes here, and is looked at. */
export function watch(text: string, where: string): string {
  const leak = leakIn(text);
  if (leak !== null) leaks.push(`${where}: …${leak}…`);
  return text;
}

/**
 * What shows a secret, as that is what it is for: new secrets and tokens once, and Sail's urls, credentials included, to
 * those who may ask for them. And the documents, whose examples hold some that are none.
 */
const SHOWS = [
  /^POST \S*\/api\/webhooks\/[^/]+\/secret$/,
  /^POST \S*\/api\/tokens$/,
  /^\w+ \/v1\/applications\/[^/]+\/hook$/,
  /^GET \/docs/,
];
const SHOWN = 'hooktide-secret';

/** Looks at an answer of the API, its headers included. */
export function watchAnswer(request: { method: string; path: string }, headers: object, text: string): void {
  const asked = `${request.method} ${request.path.split('?')[0]}`;
  const others = Object.entries(headers).filter(([name]) => name !== SHOWN);
  if (!SHOWS.some((one) => one.test(asked))) watch(text, `the answer to ${asked}`);
  watch(JSON.stringify(others), `the headers of the answer to ${asked}`);
}

/** What leaked since the last time. */
export const takeLeaks = (): string[] => leaks.splice(0);
