import { describe, expect, it } from 'vitest';
import { Cursor } from './cursor.js';

describe('a cursor whose floor is raised', () => {
  it('goes back to there, and no further', () => {
    const cursor = new Cursor(10);
    cursor.advance(50, false, 60);
    cursor.raiseFloor(30);
    cursor.rewind();
    expect(cursor.start()).toBe(30);
    cursor.rewind(20);
    expect(cursor.start()).toBe(30);
  });

  it('leaves nothing out that a later read may bring', () => {
    const cursor = new Cursor(10);
    cursor.advance(50, false, 60);
    cursor.raiseFloor(30);
    expect(cursor.start()).toBe(50);
    cursor.rewind(40);
    expect(cursor.start()).toBe(40);
  });

  it('does not go back when a floor comes late', () => {
    const cursor = new Cursor(10);
    cursor.raiseFloor(30);
    cursor.raiseFloor(20);
    expect(cursor.start()).toBe(30);
  });
});
