import type { Resolve } from './connector.js';

/**
 * Look-ups that somebody waits for, and not for long: what isn't found in time has no addresses. A look-up can't be called
 * back and holds one of Node.js' few threads until the system gives it up, so there are never more than `most` at once, and
 * while all of these are overdue, nobody waits for their places.
 */
export class LookUps {
  private underWay = 0;
  private overdue = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly resolve: Resolve,
    private readonly most: number,
    private readonly millis: number,
  ) {}

  /** The addresses of a name; none where it has none, or they aren't known in time. */
  find(name: string): Promise<string[]> {
    if (this.overdue >= this.most) return Promise.resolve([]);
    return new Promise((found) => {
      let isLate = false;
      let hasBegun = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.waiting.delete(begin);
        if (hasBegun) this.overdue += 1;
        found([]);
      }, this.millis);
      const begin = () => {
        hasBegun = true;
        this.underWay += 1;
        this.resolve(name, { all: true }, (error, addresses) => {
          this.underWay -= 1;
          if (isLate) this.overdue -= 1;
          clearTimeout(timer);
          found(error ? [] : addresses.map(({ address }) => address));
          this.next();
        });
      };
      if (this.underWay < this.most) begin();
      else this.waiting.add(begin);
    });
  }

  private next(): void {
    const [begin] = this.waiting;
    if (begin === undefined) return;
    this.waiting.delete(begin);
    begin();
  }
}
