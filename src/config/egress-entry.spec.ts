import { describe, expect, it } from 'vitest';
import { readEntry } from './egress-entry.js';

/** As short as it can be written down again. */
function shown(text: string) {
  const entry = readEntry(text);
  return entry && { ...entry, range: entry.range && `${entry.range[0].toString()}/${entry.range[1]}` };
}
const of = (more: { range?: string; host?: string; ports?: [number, number] }) => ({
  range: null,
  host: null,
  ports: null,
  ...more,
});

describe('an entry', () => {
  it.each([
    ['10.0.0.0/8', of({ range: '10.0.0.0/8' })],
    ['192.168.7.1', of({ range: '192.168.7.1/32' })],
    ['0.0.0.0/0', of({ range: '0.0.0.0/0' })],
    ['fd00::/8', of({ range: 'fd00::/8' })],
    ['fd00::1', of({ range: 'fd00::1/128' })],
    ['[fd00::1]', of({ range: 'fd00::1/128' })],
    ['::ffff:10.1.2.3', of({ range: '10.1.2.3/32' })],
    ['::ffff:10.0.0.0/104', of({ range: '10.0.0.0/8' })],
    ['10.1.2.3:9000', of({ range: '10.1.2.3/32', ports: [9000, 9000] })],
    ['10.0.0.0/8:443', of({ range: '10.0.0.0/8', ports: [443, 443] })],
    ['[fd00::1]:8443', of({ range: 'fd00::1/128', ports: [8443, 8443] })],
    ['[fd00::/8]:8443', of({ range: 'fd00::/8', ports: [8443, 8443] })],
    ['hooks.internal', of({ host: 'hooks.internal' })],
    ['receiver', of({ host: 'receiver' })],
    ['localhost', of({ host: 'localhost' })],
    ['Hooks.Internal.', of({ host: 'hooks.internal' })],
    ['under_score.svc', of({ host: 'under_score.svc' })],
    ['bücher.example', of({ host: 'xn--bcher-kva.example' })],
    ['*.svc.cluster.local', of({ host: '.svc.cluster.local' })],
    ['*.Example.com:443', of({ host: '.example.com', ports: [443, 443] })],
    ['hooks.internal:8000-8999', of({ host: 'hooks.internal', ports: [8000, 8999] })],
    [':8443', of({ ports: [8443, 8443] })],
    [':1-65535', of({ ports: [1, 65_535] })],
  ])('may be %s', (text, entry) => {
    expect(shown(text)).toEqual(entry);
  });

  it.each([
    '',
    ':',
    ' ',
    '*',
    '*:443',
    '*.',
    'a.*.example',
    '10/8',
    '127.1',
    '0x7f.1',
    '2130706433',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '010.0.0.1',
    '256.0.0.1',
    'fd00::/129',
    'fe80::1%eth0',
    '[10.0.0.1]:80',
    '[fd00::1',
    '[hooks.internal]:80',
    'hooks.internal:0',
    'hooks.internal:65536',
    'hooks.internal:9-8',
    'hooks.internal:http',
    'hooks.internal:80-',
    'http://hooks.internal',
    'user@hooks.internal',
    'hooks.internal/path',
    'two words',
    '$HOST',
  ])('is not %j', (text) => {
    expect(shown(text)).toBeNull();
  });
});
