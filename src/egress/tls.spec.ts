import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { pem } from '../../test/setup/egress.js';
import { authoritiesWith, tlsProblem } from './tls.js';

const NOW = Date.UTC(2026, 10, 22);
const SENDER = { certificate: pem('sender'), key: pem('sender.key') };

describe('tlsProblem', () => {
  it.each([
    {},
    { ca: pem('authority') },
    { ca: pem('authority') + pem('stranger') },
    { ca: `# a comment\n${pem('authority')}` },
    SENDER,
    { ...SENDER, ca: pem('stranger') },
    { certificate: pem('sender') + pem('authority'), key: pem('sender.key') },
  ])('finds nothing wrong with what can be used', (tls) => {
    expect(tlsProblem(tls, NOW)).toBeNull();
  });

  it.each([
    [{ certificate: pem('sender') }, 'key is missing: write both, or neither'],
    [{ key: pem('sender.key') }, 'certificate is missing: write both, or neither'],
    [{ ca: 'nonsense' }, 'ca is no certificate: write it in PEM, from -----BEGIN CERTIFICATE----- on'],
    [{ ca: pem('sender.key') }, 'ca is no certificate: write it in PEM, from -----BEGIN CERTIFICATE----- on'],
    [
      { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'ca is no certificate: write it in PEM, from -----BEGIN CERTIFICATE----- on',
    ],
    [
      { ...SENDER, certificate: 'nonsense' },
      'certificate is no certificate: write it in PEM, from -----BEGIN CERTIFICATE----- on',
    ],
    [{ ...SENDER, key: 'nonsense' }, 'key is no private key: write it in PEM, from -----BEGIN PRIVATE KEY----- on'],
    [
      { ...SENDER, key: pem('receiver.key') },
      'key does not fit certificate: write the key that the first certificate was made for',
    ],
    [
      { certificate: pem('authority') + pem('sender'), key: pem('sender.key') },
      'key does not fit certificate: write the key that the first certificate was made for',
    ],
    [{ ...SENDER, key: pem('encrypted.key') }, 'key is encrypted: write it without a passphrase, it is sealed here'],
    [
      { certificate: pem('expired'), key: pem('expired.key') },
      'certificate has expired: it was valid until 2020-02-01T00:00:00.000Z',
    ],
    [{ ca: pem('authority') + pem('expired') }, 'ca has expired: it was valid until 2020-02-01T00:00:00.000Z'],
    [{ ca: 'x'.repeat(65_537) }, 'ca has more than 65536 characters'],
  ])('says what is wrong: %#', (tls, problem) => {
    expect(tlsProblem(tls, NOW)).toBe(problem);
  });

  it('goes by the time it is given', () => {
    const expired = { certificate: pem('expired'), key: pem('expired.key') };
    expect(tlsProblem(expired, Date.UTC(2020, 1, 1) - 1)).toBeNull();
    expect(tlsProblem(expired, Date.UTC(2020, 1, 1))).toContain('expired');
  });

  it('never shows a key', () => {
    const key = pem('receiver.key').split('\n')[1]!;
    expect(tlsProblem({ ...SENDER, key: pem('receiver.key') }, NOW)).not.toContain(key);
  });
});

it('an authority of the config is trusted beside the usual ones, not in their place', () => {
  const authorities = authoritiesWith(pem('authority'));
  expect(authorities).toContain(pem('authority'));
  expect(authorities).toEqual(expect.arrayContaining([...rootCertificates]));
});
