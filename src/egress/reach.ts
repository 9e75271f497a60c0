import type { Egress } from './compile.js';
import type { Resolve } from './connector.js';
import { parseDestination } from './destination.js';
import { LookUps } from './look-ups.js';
import { narrowingOf, type OnlyTo } from './only-to.js';
import { judge, judgeName, literalOf, placeOf, type Place } from './policy.js';
import { isDirect } from './proxy.js';
import { isTopic } from './topic.js';

const MOST_LOOK_UPS = 2;
const LOOK_UP_MILLIS = 1_000;

/**
 * Says when a uri is registered what each connect would say: for a clear refusal, not for safety. What a name leads to may
 * change at any time, so what isn't known at once is taken, and the connect judges (`connector.ts`).
 */
export class Reach {
  private readonly lookUps: LookUps;

  constructor(
    private readonly egress: Egress,
    resolve: Resolve,
    lookUpMillis = LOOK_UP_MILLIS,
  ) {
    this.lookUps = new LookUps(resolve, MOST_LOOK_UPS, lookUpMillis);
  }

  /**
   * Why nothing can be delivered to `uri`, as a sentence; null: nothing is known against it. Its name is looked up.
   * @param onlyTo the webhook's own narrowing, as it is written
   */
  async problem(uri: string, onlyTo: readonly string[] | null = null): Promise<string | null> {
    const destination = isTopic(uri) ? null : parseDestination(uri);
    if (!destination?.ok) return null;
    const known = this.problemAtOnce(destination.url, onlyTo);
    const place = placeOf(destination.url);
    if (known !== null || literalOf(place.host) !== null || this.isForProxy(place)) return known;
    const addresses = await this.lookUps.find(place.host);
    const rules = narrowingOf(onlyTo);
    const problems = addresses.map((address) => this.sentence(destination.url, address, rules));
    return problems.find((problem) => problem !== null) ?? null;
  }

  /** The same without a look-up: of addresses in any spelling, of localhost, of names and ports that rules name. */
  problemAtOnce(url: URL, onlyTo: readonly string[] | null = null): string | null {
    const place = placeOf(url);
    const literal = literalOf(place.host);
    if (literal !== null || this.isForProxy(place)) return this.sentence(url, literal, narrowingOf(onlyTo));
    const why = judgeName(place, this.egress.policy);
    return why && `Egress refuses ${url.host}: ${why}`;
  }

  private sentence(url: URL, address: string | null, onlyTo: OnlyTo): string | null {
    const place = placeOf(url);
    const why = judge(place, address, this.egress.policy, onlyTo);
    if (why === null) return null;
    if (address === null) return `Egress refuses ${url.host}: ${why}`;
    const what =
      literalOf(place.host) === place.host ? `The host is ${address}` : `${url.hostname} leads to ${address}`;
    return `${what}, which egress refuses: ${why}`;
  }

  /** Its name is none of Hooktide's business to look up. */
  private isForProxy(place: Place): boolean {
    const { proxy } = this.egress;
    return proxy !== null && proxy.resolves && !isDirect(proxy, place, []);
  }
}
