import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pem } from '../../test/setup/egress.js';
import { loadConfig } from './load.js';

const cwd = mkdtempSync(join(tmpdir(), 'hooktide-config-'));
writeFileSync(join(cwd, 'proxy'), 'http://me:hunter2@proxy.test:3128\n');
writeFileSync(join(cwd, 'no-proxy'), 'proxy.test with hunter2\n');
writeFileSync(join(cwd, 'authorities.pem'), `# ours\n${pem('authority')}${pem('stranger')}`);
writeFileSync(
  join(cwd, 'broken.pem'),
  `${pem('authority')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
);

const egressOf = (variables: Record<string, string>) => {
  const env = Object.entries(variables).map(([name, text]) => [`HOOKTIDE_EGRESS_${name}`, text]);
  return loadConfig(Object.fromEntries(env) as NodeJS.ProcessEnv, cwd).config.egress;
};

it.each([
  ['443', [443]],
  ['443,8443', [443, 8443]],
  ['[443, 8443]', [443, 8443]],
  ['', null],
])('the variable for ports may be %j', (text, ports) => {
  expect(egressOf({ PORTS: text }).ports).toEqual(ports);
});

it.each(['443;8443', '0', '65536', '80-90', '[]', 'http'])('the variable for ports may not be %j', (text) => {
  expect(() => egressOf({ PORTS: text })).toThrow(/egress\.ports is .*: write a list of ports/);
});

it.each(['http://proxy.test:3128', 'https://me:p%40ss@[fd00::1]:3129/', 'http://proxy.test'])(
  'the proxy may be %s',
  (url) => {
    expect(egressOf({ PROXY: url }).proxy?.reveal()).toBe(url);
  },
);

it.each(['proxy.test:3128', 'socks5://proxy.test', 'http://proxy.test/x', 'http://', 'http://a:%zz@proxy.test'])(
  'the proxy may not be %s',
  (url) => {
    expect(() => egressOf({ PROXY: url })).toThrow(/egress\.proxy is of another form \(not shown/);
  },
);

it('the proxy may stand in a file, and is shown nowhere', () => {
  const egress = egressOf({ PROXY_FILE: 'proxy' });
  expect(egress.proxy?.reveal()).toBe('http://me:hunter2@proxy.test:3128');
  expect(JSON.stringify(egress)).not.toContain('hunter2');
  expect(() => egressOf({ PROXY_FILE: 'no-proxy' })).toThrow(/^(?!.*hunter2).*holds no url of a proxy: write /);
});

it('authorities are read from their file, all or none', () => {
  expect(egressOf({ TLS_CA_FILE: 'authorities.pem' }).tls.ca).toContain(pem('stranger').trim());
  expect(() => egressOf({ TLS_CA_FILE: 'broken.pem' })).toThrow(/holds no certificates that can be read/);
});
