import { describe, expect, it } from 'vitest';
import { readMembers, readString, readStruct } from './xml-rpc.js';

const answer = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`;
const member = (name: string, value: string) => `<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>\n`;
const FAULT = `<?xml version='1.0'?><methodResponse><fault><value><struct>${member('faultCode', '<int>10</int>')}${member('faultString', '<string>BAD_NAME: x</string>')}</struct></value></fault></methodResponse>`;

describe('An answer of XML-RPC', () => {
  it('is read as the members of its struct', () => {
    const members = member('exitstatus', '<int>-1</int>') + member('spawnerr', '<string></string>');
    const struct = readStruct(answer(`<struct>\n${members}${member('bare', 'text')}</struct>`));
    expect([...(struct ?? [])]).toEqual([
      ['exitstatus', '-1'],
      ['spawnerr', ''],
      ['bare', 'text'],
    ]);
  });

  it('is read as what each of its structs has under a name', () => {
    const structs = ['a&amp;b', 'c']
      .map((group) => `<value><struct>${member('group', group)}</struct></value>`)
      .join('');
    expect(readMembers(answer(`<array><data>${structs}</data></array>`), 'group')).toEqual(['a&b', 'c']);
    expect(readMembers(answer('<array><data></data></array>'), 'group')).toEqual([]);
    expect(readMembers(FAULT, 'group')).toBeNull();
  });

  it('has its entities and character references decoded, each once', () => {
    const text = '&lt;a&gt; &amp;lt; &quot;&apos; &#233;&#x1F600; &nbsp; &#x110000; &';
    expect(readString(answer(`<string>${text}</string>`))).toBe('<a> &lt; "\' é😀 &nbsp; &#x110000; &');
    expect(readStruct(answer(`<struct>${member('a&amp;b', '<string>&lt;</string>')}</struct>`))?.get('a&b')).toBe('<');
  });

  it.each([
    ['a fault', FAULT],
    ['a page of a web server', '<html><body>404</body></html>'],
    ['nothing', ''],
    ['half an answer', answer('<struct>').slice(0, 40)],
  ])('is nothing when it is %s', (_, text) => {
    expect(readStruct(text)).toBeNull();
    expect(readString(text)).toBeNull();
  });

  it('is an empty text when it is one', () => {
    expect(readString(answer('<string></string>'))).toBe('');
  });

  it('is read in a time that grows with its length only', () => {
    const long = answer(`<struct>${'<member>\n<name>'.repeat(20_000)}${'&#'.repeat(100_000)}</struct>`);
    const began = performance.now();
    readStruct(long);
    readString(long);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
