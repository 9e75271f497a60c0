import { describe, expect, it } from 'vitest';
import { escapeText, slackDate } from './slack-text.js';

describe('escapeText', () => {
  it.each([
    ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
    ['&amp;', '&amp;amp;'],
    ['<!channel> <!here|x>', '&lt;!channel&gt; &lt;!here|x&gt;'],
    ['<@U123> <@&1>', '&lt;@\u200bU123&gt; &lt;@\u200b&amp;1&gt;'],
    ['@here (@bob) .@Bob', '@\u200bhere (@\u200bbob) .@\u200bBob'],
    ['now@Everyone', 'now@\u200bEveryone'],
    ['@@all', '@\u200b@\u200ball'],
    ['jdoe@example.com', 'jdoe@example.com'],
    ['a\tb\r\nc\0\u001b[1m', 'a\tb\r\nc\ufffd\ufffd[1m'],
    ['\ud800😀\udc00', '\ufffd😀\ufffd'],
  ])('shows %j as what it is', (text, expected) => {
    expect(escapeText(text, 100)).toBe(expected);
  });

  it.each([
    ['abcde', 'abcde'],
    ['abcdef', 'abcd…'],
    ['abc😀', 'abc😀'],
    ['abc😀f', 'abc…'],
    ['a😀😀', 'a😀😀'],
    ['ab&', 'ab…'],
    ['&', '&amp;'],
    ['&a', '…'],
    ['<b', '&lt;b'],
    ['<bc', '&lt;…'],
    ['@here', '@\u200bhe…'],
    ['\ud83d'.repeat(6), '\ufffd\ufffd\ufffd\ufffd…'],
  ])('keeps to 5 units and cuts neither code points nor escapes: %j', (text, expected) => {
    expect(escapeText(text, 5)).toBe(expected);
  });
});

describe('slackDate', () => {
  it.each([
    [1546300863334, '<!date^1546300863^{date_num} {time_secs}|2019-01-01 00:01:03 UTC>'],
    [8.64e15, '<!date^8640000000000^{date_num} {time_secs}|+275760-09-13 00:00:00 UTC>'],
  ])('writes %d for the reader’s own zone, with UTC to fall back on', (millis, expected) => {
    expect(slackDate(millis)).toBe(expected);
  });
});
