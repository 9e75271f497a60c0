const MAX_NAME_CHARACTERS = 256;
const MAX_VALUE_CHARACTERS = 4096;

/** RFC 9110 §5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Headers that the HTTP client writes, or that speak of the connection and the body as it is written. No message may set
 * them: two ideas of where a request ends are request smuggling.
 */
const OF_CLIENT: ReadonlyMap<string, string> = new Map([
  ['host', 'it follows from the uri'],
  ['content-length', 'it follows from the body'],
  ['transfer-encoding', 'it says where the body ends'],
  ['content-encoding', 'the body is sent as it is'],
  ['trailer', 'nothing follows the body'],
  ['expect', 'the body is sent at once'],
  ['accept-encoding', 'answers are kept as they come, and have to be readable'],
  ['connection', 'it is about the connection'],
  ['keep-alive', 'it is about the connection'],
  ['te', 'it is about the connection'],
  ['upgrade', 'it is about the connection'],
  ['http2-settings', 'it is about the connection'],
]);

/** Headers that say which update this is: of Standard Webhooks, CloudEvents and the format. */
const OF_HOOKTIDE: ReadonlyArray<[RegExp, string]> = [
  [/^content-type$/, 'it follows from the format'],
  [/^webhook-/, 'webhook-* identify and sign the delivery'],
  [/^ce-/, 'ce-* are those of the format cloudevents'],
];

/** Whether a header, by its lower-cased name, never comes from a message: neither from a webhook nor from a format. */
export function isOfClient(name: string): boolean {
  return OF_CLIENT.has(name) || name.startsWith('proxy-');
}

/** What is wrong with a webhook's own header, in one sentence that never holds its value; null if nothing. */
export function headerProblem(name: string, value: string): string | null {
  if (name.length > MAX_NAME_CHARACTERS) {
    return `The header's name has ${name.length} characters: write at most ${MAX_NAME_CHARACTERS}`;
  }
  // RFC 9110 §5.1
  if (!TOKEN.test(name)) return `The header's name is no token: write letters, digits and !#$%&'*+-.^_\`|~`;
  const why = reservation(name.toLowerCase());
  if (why !== undefined) return `The header ${name} is Hooktide's own, as ${why}: leave it out`;

  if (value.length > MAX_VALUE_CHARACTERS) {
    return `The value of ${name} has ${value.length} characters: write at most ${MAX_VALUE_CHARACTERS}`;
  }
  // RFC 9110 §5.5, without obs-text: who reads bytes beyond ASCII takes them for different characters.
  if (!/^[\t\x20-\x7e]*$/.test(value)) {
    return `The value of ${name} holds a line break, a control character or one beyond ASCII: write visible ASCII, blanks and tabs`;
  }
  if (/^[\t ]|[\t ]$/.test(value)) return `The value of ${name} begins or ends with a blank: write it without`;
  return null;
}

function reservation(name: string): string | undefined {
  if (name.startsWith('proxy-')) return 'proxy-* are for proxies on the way';
  return OF_CLIENT.get(name) ?? OF_HOOKTIDE.find(([pattern]) => pattern.test(name))?.[1];
}
