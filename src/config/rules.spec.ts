import 'reflect-metadata';
import { expect, it } from 'vitest';
import { Flag, Limit, ListOf, OneOf, SecretValue, Section, takenBy, Value, Whole } from './rules.js';

class Door {
  @Value('an address', () => true)
  readonly host: string;

  @SecretValue('a url', () => true)
  readonly url: string;
}

class House {
  @Whole('bytes', 1)
  readonly size: number;

  @Whole('hours', 1, 24)
  readonly open: number;

  @Section(() => Door)
  readonly door: Door;

  @Limit('updates')
  readonly most: number;

  @Flag()
  readonly isLit: boolean;

  @OneOf(['cat', 'dog', null])
  readonly pet: string;

  @ListOf('a guest', '[ann, bob]', () => true)
  readonly guests: string[];

  @ListOf('an owner', '[eve]', () => true, 1)
  readonly owners: string[];
}

it('say what each key takes, with the sections laid flat', () => {
  expect(Object.fromEntries(takenBy(House))).toEqual({
    size: 'a whole number of bytes, at least 1',
    open: 'a whole number of hours from 1 to 24',
    'door.host': 'an address',
    'door.url': 'a url',
    most: 'a whole number of updates, or 0 for no limit',
    isLit: 'true or false',
    pet: 'cat, dog or null',
    guests: 'a list such as [ann, bob]; each entry is a guest',
    owners: 'a list such as [eve], not empty; each entry is an owner',
  });
});
