import { describe, expect, it } from 'vitest';
import { compare } from './pending.js';

describe('a schema', () => {
  it.each([
    ['that nobody has made yet lacks everything', ['A1', 'B2'], [], ['A1', 'B2'], []],
    ['of this build lacks nothing', ['A1', 'B2'], ['A1', 'B2'], [], []],
    ['of the build before lacks what is new', ['A1', 'B2', 'C3'], ['A1', 'B2'], ['C3'], []],
    ['of a newer build has what this one does not know', ['A1'], ['A1', 'B2'], [], ['B2']],
    ['of another branch lacks one and has another', ['A1', 'B2'], ['A1', 'C3'], ['B2'], ['C3']],
    ['lacks one between two that were applied', ['A1', 'B2', 'C3'], ['A1', 'C3'], ['B2'], []],
  ])('%s', (_, ofBuild, applied, missing, newer) => {
    expect(compare(ofBuild, applied)).toEqual({ missing, newer });
  });
});
