const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/**
 * Mattermost, Rocket.Chat and Discord take a bare `@here` for a mention, and Discord does so even inside a word. Other
 * names ping only at the start of a word, so that `jdoe@example.com` can stay as it is.
 */
const MENTION = /@(?=all|channel|everyone|here)|(?<![\p{L}\p{N}_])@/giu;
const ZERO_WIDTH_SPACE = '\u200b';

/** Control characters that are no blanks, and lone surrogates, which UTF-8 can't hold. */
const UNPRINTABLE = /(?!\s)\p{Cc}|\p{Cs}/gu;

/**
 * A text that shows as what it is: `&`, `<` and `>` escaped (all that Slack asks for, and what disarms `<!channel>`), no
 * `@` that pings. Longer than `limit` once escaped, it ends in an ellipsis, between code points and never in an escape.
 * Source: Slack, "Formatting message text", "Escaping text".
 */
export function escapeText(text: string, limit: number): string {
  // Escaping shortens nothing, so what is beyond the limit can go first: a megabyte of message costs no more than this.
  const safe = text
    .slice(0, limit + 1)
    .replace(UNPRINTABLE, '\ufffd')
    .replace(MENTION, `@${ZERO_WIDTH_SPACE}`);
  let escaped = '';
  let beforeEllipsis = '';
  for (const char of safe) {
    escaped += ENTITIES.get(char) ?? char;
    if (escaped.length > limit) return `${beforeEllipsis}…`;
    if (escaped.length < limit) beforeEllipsis = escaped;
  }
  return escaped;
}

/**
 * A time in the reader's zone and habits. Whoever doesn't know the token, or the year, shows what is behind the bar.
 * Source: Slack, "Formatting message text", "Date formatting".
 */
export function slackDate(millis: number): string {
  const utc = new Date(millis).toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
  return `<!date^${Math.floor(millis / 1000)}^{date_num} {time_secs}|${utc}>`;
}
