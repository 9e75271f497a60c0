import { beforeEach, describe, expect, it } from 'vitest';
import { ownerOf } from './address.js';
import { Brake } from './brake.js';

let now: number;
let brake: Brake;
beforeEach(() => {
  now = 1_000;
  brake = new Brake(() => now, { failures: 10, windowMillis: 60_000, addresses: 3 });
});
const fail = (address: string, times: number) => Array.from({ length: times }, () => brake.failed(address));

describe('the brake', () => {
  it('lets nine failures within a minute pass, and not the eleventh try', () => {
    expect(fail('a', 9)).not.toContain(true);
    expect(brake.waitMillis('a')).toBe(0);
    expect(fail('a', 3)).toEqual([true, false, false]);
    expect(brake.waitMillis('a')).toBe(60_000);
  });

  it('counts each address by itself', () => {
    fail('a', 10);
    expect(brake.waitMillis('b')).toBe(0);
  });

  it('opens a minute after the first failure, and counts anew', () => {
    fail('a', 1);
    now += 59_999;
    fail('a', 9);
    expect(brake.waitMillis('a')).toBe(1);
    now += 1;
    expect(brake.waitMillis('a')).toBe(0);
    expect(fail('a', 10)).toEqual([...Array.from({ length: 9 }, () => false), true]);
  });

  it('forgets the address that failed first when there are too many', () => {
    fail('a', 10);
    now += 1;
    for (const address of ['b', 'c']) fail(address, 10);
    expect(brake.waitMillis('a')).toBeGreaterThan(0);
    fail('d', 1);
    expect([brake.waitMillis('a'), brake.waitMillis('b') > 0]).toEqual([0, true]);
  });
});

describe('an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
    ['', 'unknown'],
  ])('%s stands for %s', (address, owner) => {
    expect(ownerOf(address)).toBe(owner);
  });
});
