import { expect, it } from 'vitest';
import { isWanted, type Wanted } from './wanted.js';

const all: Wanted = {
  events: new Set(['PROCESS_STATE_EXITED', 'PROCESS_STATE_FATAL']),
  programs: [],
  groups: [],
  unexpectedOnly: false,
};

const event = (name: string, expected?: string) => ({
  name,
  identifier: 'supervisor',
  serial: 1,
  payload: '',
  fields: new Map(Object.entries({ processname: 'meow', groupname: 'cat', ...(expected && { expected }) })),
  data: null,
});

it.each([
  ['PROCESS_STATE_EXITED', {}, true],
  ['PROCESS_STATE_RUNNING', {}, false],
  ['TICK_60', {}, false],
  ['PROCESS_STATE_EXITED', { programs: ['meow'] }, true],
  ['PROCESS_STATE_EXITED', { programs: ['cat:meow'] }, true],
  ['PROCESS_STATE_EXITED', { programs: ['dog:meow', 'cat'] }, false],
  ['PROCESS_STATE_EXITED', { groups: ['cat'] }, true],
  ['PROCESS_STATE_EXITED', { groups: ['meow'] }, false],
  ['PROCESS_STATE_EXITED', { programs: ['other'], groups: ['cat'] }, true],
])('tells %s with %j apart', (name, change, isTold) => {
  expect(isWanted(event(name), { ...all, ...change })).toBe(isTold);
});

it('leaves out only expected exits where only unexpected ones count', () => {
  const unexpected = { ...all, unexpectedOnly: true };
  expect(isWanted(event('PROCESS_STATE_EXITED', '1'), unexpected)).toBe(false);
  expect(isWanted(event('PROCESS_STATE_EXITED', '0'), unexpected)).toBe(true);
  expect(isWanted(event('PROCESS_STATE_FATAL'), unexpected)).toBe(true);
});
