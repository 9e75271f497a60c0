/** What goes wrong at one place. */
export interface Fault {
  kind: string;
  /** Of what; nothing else goes wrong there at the same time. */
  on: string;
  /** Milliseconds from the beginning of the round. */
  at: number;
  lasts: number;
}

export interface Round {
  name: 'mixed' | 'upgrade';
  /** From 1. */
  number: number;
  knows: 'all' | 'what both builds know';
  seed: string;
  millis: number;
  faults: Fault[];
}

export interface Wish {
  seed: string;
  seconds: number;
  /** Faults or families; none: all. */
  only?: string[];
}

/** @throws when there is no such fault */
export function plan(wish: Wish): Round[];
