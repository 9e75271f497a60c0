import type { Formattable, Formatted } from './format.js';
import { readCard } from './slack-card.js';
import { escapeText, slackDate } from './slack-text.js';
import { colourOf, type Colour } from './slack-words.js';

/**
 * In UTF-16 units, escapes counted in: below the limits of all who read this. Slack's are 3000 for a section's text, and
 * 10 fields of 2000; Discord's 2000 for a message, 1024 for a field and 6000 for all of an embed, which is why fields are
 * this short: there are at most 8.
 */
const MAX_SENTENCE = 2000;
const MAX_LINES = 3000;
const MAX_FIELD = 300;

/** So many characters fit beside another field. */
const SHORT = 40;

const COLOURS: Record<Colour, string> = { red: '#d0342c', green: '#2a9d5c', amber: '#e8a317', grey: '#8a8f98' };

interface Field {
  title: string;
  value: string;
  short: boolean;
}

/**
 * A message for Slack's incoming webhooks, and for those that take what Slack takes: `{text, attachments: [{fallback,
 * color, text, fields}]}`. It is an attachment and not Block Kit, for blocks show neither in Mattermost (its issue 14973)
 * nor at Discord's `/slack`, and only attachments have a colour. Source: Slack, "Secondary message attachments".
 */
export function toSlack(update: Formattable): Formatted {
  const card = readCard(update);
  const sentence = escapeText(inOneLine(card.sentence), MAX_SENTENCE);
  const lines = card.lines.filter((line) => line !== undefined).join('\n');
  const attachment = {
    fallback: sentence,
    color: COLOURS[colourOf(card.word)],
    text: lines === '' ? undefined : escapeText(lines, MAX_LINES),
    fields: fieldsOf(update, card.facts),
    mrkdwn_in: ['text', 'fields'],
  };
  return {
    contentType: 'application/json',
    headers: {},
    body: JSON.stringify({ text: sentence, attachments: [attachment] }),
  };
}

function fieldsOf(update: Formattable, facts: Record<string, string | number | undefined>): Field[] {
  const all = {
    Application: update.application,
    Request: update.requestId,
    Deploy: update.deployId,
    Task: update.taskId,
    Time: update.occurredAtMillis,
    ...facts,
  };
  return Object.entries(all).flatMap(([title, fact]) => (isEmpty(fact) ? [] : [fieldOf(title, fact)]));
}

/** Discord refuses a message with an empty field, and an id may be a blank. */
function isEmpty(fact: string | number | undefined): fact is undefined {
  return fact === undefined || (typeof fact === 'string' && fact.trim() === '');
}

/** A number is a time, and its markup the only one that no value has a part in. */
function fieldOf(title: string, fact: string | number): Field {
  if (typeof fact === 'number') return { title, value: slackDate(fact), short: true };
  return { title, value: escapeText(inOneLine(fact), MAX_FIELD), short: fact.length <= SHORT };
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
