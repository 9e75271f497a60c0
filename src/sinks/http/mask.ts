import type { Message } from '../sink.js';

const HIDDEN = '***';
/** Of headers, what is shorter stands in any text by chance, and is hardly a secret. */
const LEAST_CHARACTERS = 6;
/** The end of an answer may be the beginning of a secret, as answers are cut. */
const LEAST_CUT = 4;

/** What a receiver answers, without what is secret of the message: some answer with the request's headers. */
export function withoutSecrets(text: string, { ownHeaders, auth }: Message, authorization: string | undefined): string {
  if (text === '' || (authorization === undefined && !ownHeaders)) return text;
  const headers = Object.values(ownHeaders ?? {}).flatMap(partsOf);
  const secrets = headers.filter((value) => value.length >= LEAST_CHARACTERS);
  if (authorization !== undefined) secrets.push(...partsOf(authorization));
  if (auth?.type === 'basic') secrets.push(auth.password);
  const written = [...new Set(secrets.flatMap(spellingsOf))].filter((secret) => secret !== '');
  const masked = written
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
  const cut = Math.max(0, ...written.map((secret) => beginningAtEnd(masked, secret)));
  return cut === 0 ? masked : masked.slice(0, -cut) + HIDDEN;
}

/** A scheme stands before most credentials, and may be shown without it. */
function partsOf(value: string): string[] {
  const [, credentials] = /^[A-Za-z]+ +(\S+)$/.exec(value) ?? [];
  return credentials === undefined ? [value] : [value, credentials];
}

/** As it is, in JSON, and in a form. */
function spellingsOf(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}

/** With how many of the secret's first characters the text ends. */
function beginningAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length >= LEAST_CUT; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
