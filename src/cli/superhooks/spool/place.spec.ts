import { expect, it } from 'vitest';
import { usualPlaces } from './place.js';

it.each([
  [0, '/state', ['/home/jdoe'], ['/var/lib/hooktide/superhooks', '/var/tmp/hooktide-superhooks-0']],
  [
    33,
    '/state',
    ['/home/jdoe', '/var/www'],
    [
      '/state/hooktide/superhooks',
      '/home/jdoe/.local/state/hooktide/superhooks',
      '/var/www/.local/state/hooktide/superhooks',
      '/var/tmp/hooktide-superhooks-33',
    ],
  ],
  [
    33,
    undefined,
    ['/home/me', '/home/me'],
    ['/home/me/.local/state/hooktide/superhooks', '/var/tmp/hooktide-superhooks-33'],
  ],
  [33, '', ['', ''], ['/var/tmp/hooktide-superhooks-33']],
])('looks for a place for user %j with state %j and homes %j in %j', (uid, state, homes, places) => {
  expect(usualPlaces(uid, state, homes)).toEqual(places);
});
