import { describe, expect, it } from 'vitest';
import { Ways, type Own } from './ways.js';

/** Ways that tell what was opened and closed, at a time that the test sets. */
function tracked() {
  const opened: Own[] = [];
  const closed: Own[] = [];
  const clock = { now: 0 };
  const open = (own: Own) => {
    opened.push(own);
    return { own, close: async () => void closed.push(own) };
  };
  return { ways: new Ways(open, () => (clock.now += 0.001)), opened, closed, clock };
}

const TLS = { ca: 'a', certificate: 'c', key: 'k' };

describe('the way of a webhook', () => {
  it('is shared by those that have the same', () => {
    const { ways, opened } = tracked();
    const first = ways.of({ tls: TLS, onlyTo: ['a.test'] });
    expect(ways.of({ tls: { key: 'k', certificate: 'c', ca: 'a' }, onlyTo: ['a.test'] })).toBe(first);
    expect(opened).toHaveLength(1);
  });

  it.each<Own>([
    { tls: TLS },
    { onlyTo: ['a.test'] },
    { tls: TLS, onlyTo: ['a.test', 'b.test'] },
    { tls: TLS, onlyTo: [] },
    { tls: { ...TLS, key: 'other' }, onlyTo: ['a.test'] },
    { tls: { certificate: 'c', key: 'k' }, onlyTo: ['a.test'] },
    { tls: { ca: 'c', certificate: 'a', key: 'k' }, onlyTo: ['a.test'] },
  ])('is another one for %j', (own) => {
    const { ways } = tracked();
    expect(ways.of({ tls: TLS, onlyTo: ['a.test'] })).not.toBe(ways.of(own));
  });

  it('is closed when another one is made, a minute after its last use', () => {
    const { ways, closed, clock } = tracked();
    const [first, second] = [{ onlyTo: ['1'] }, { onlyTo: ['2'] }];
    ways.of(first);
    ways.of(second);
    clock.now = 1_000;
    ways.of(second);
    clock.now = 60_001;
    ways.of({ onlyTo: ['3'] });
    expect(closed).toEqual([first]);
  });

  it.each([
    [100, []],
    [101, [0]],
    [103, [0, 2, 3]],
  ])('is closed if it was used longest ago, of more than a hundred: of %d %j', (count, gone) => {
    const { ways, closed } = tracked();
    const owns = Array.from({ length: count }, (_, index) => ({ onlyTo: [String(index)] }));
    for (const [index, own] of owns.entries()) {
      ways.of(own);
      // The second is used again and again.
      if (index > 50) ways.of(owns[1]!);
    }
    expect(closed).toEqual(gone.map((index) => owns[index]));
  });

  it('is closed with all others at the end', async () => {
    const { ways, closed, opened } = tracked();
    ways.of({ tls: TLS });
    ways.of({ onlyTo: ['a.test'] });
    await ways.close();
    expect(closed).toEqual(opened);
  });
});
