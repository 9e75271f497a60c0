/**
 * The values that each label may have, by the label's name: closed sets, at most three of them. An empty set stands for
 * values that only the scrape knows, of which the metric itself bounds how many there are.
 */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

/** The values of one series, by label. */
export type Labels = Readonly<Record<string, string>>;

/** Every combination of label values, the first label's in their order, within it the second's, and so on. */
export function combinations(sets: LabelSets): Labels[] {
  return Object.entries(sets).reduce<Labels[]>(
    (all, [name, values]) => all.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value }))),
    [{}],
  );
}

/** More would make finding a child slow. */
const MOST_LABELS = 3;

/**
 * One child for each combination of label values, made at once: every series is there before anything happened, and
 * finding one makes no text and no object.
 */
export class Children<Child> {
  private readonly found = new Map<string, Map<string, Map<string, Child>>>();
  private readonly all: Child[] = [];

  /** @throws RangeError when there are more labels than three */
  constructor(sets: LabelSets, make: (labels: Labels) => Child) {
    if (Object.keys(sets).length > MOST_LABELS) throw new RangeError(`A metric has ${MOST_LABELS} labels at most.`);
    for (const labels of combinations(sets)) this.put(labels, make(labels));
  }

  /** By the values in the order of the labels; undefined: one is none of its set. */
  get(first: string, second: string, third: string): Child | undefined {
    return this.found.get(first)?.get(second)?.get(third);
  }

  [Symbol.iterator](): Iterator<Child> {
    return this.all.values();
  }

  private put(labels: Labels, child: Child): void {
    const [first = '', second = '', third = ''] = Object.values(labels);
    const ofFirst = this.found.get(first) ?? new Map<string, Map<string, Child>>();
    const ofSecond = ofFirst.get(second) ?? new Map<string, Child>();
    this.found.set(first, ofFirst.set(second, ofSecond.set(third, child)));
    this.all.push(child);
  }
}
