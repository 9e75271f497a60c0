import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Config } from '../../config/config.js';
import { compileEgress, type Egress } from '../../egress/compile.js';
import type { Resolve } from '../../egress/connector.js';
import { parseDestination } from '../../egress/destination.js';
import { LookUps } from '../../egress/look-ups.js';
import { isDirect, authorityOf } from '../../egress/proxy.js';
import { literalOf, placeOf } from '../../egress/policy.js';
import { probe, probeProxy, type ProbeOf } from '../../egress/probe.js';
import { Reach } from '../../egress/reach.js';
import { isTopic } from '../../egress/topic.js';
import type { Place } from '../../queue/sql/survey.js';
import { fail, ok, warn, type Finding } from './finding.js';

const LOOK_UP_MILLIS = 3_000;
const LOOK_UPS_AT_ONCE = 4;
const MOST_NAMED = 5;

export async function judgeEgress({ egress, http }: Config): Promise<Finding[]> {
  const compiled = compileEgress(egress);
  return [rules(egress, compiled), ...(compiled.proxy ? [await proxy(compiled, http.connectTimeoutMillis)] : [])];
}

function rules({ allow, deny, ports }: Config['egress'], { policy }: Egress): Finding {
  const parts = [
    allow.length === 0 ? 'public addresses only' : `public addresses, and ${allow.join(', ')}`,
    deny.length === 0 ? '' : `never ${deny.join(', ')}`,
    ports === null ? '' : `ports ${ports.join(', ')} only`,
  ];
  const says = parts.filter((part) => part !== '').join('; ');
  const isWide = policy.allow.some(({ range, host }) => (range !== null ? range[1] === 0 : host === null));
  if (!isWide) return ok('egress', says);
  return warn(
    'egress',
    says,
    'That lets webhooks reach all of your networks, cloud metadata included: name what they need.',
  );
}

async function proxy({ proxy: way }: Egress, timeoutMillis: number): Promise<Finding> {
  const problem = await probeProxy(way!, timeoutMillis);
  if (problem === null) return ok('proxy', `${authorityOf(way!)} answers`);
  return fail('proxy', problem, 'Check egress.proxy (egress.proxyFile), and whether it runs.');
}

/** Whether the names of receivers are found, and lead to where deliveries may go. Nobody is connected to. */
export async function judgeReceivers({ egress }: Config, places: readonly Place[]): Promise<Finding> {
  const compiled = compileEgress(egress);
  const lookUps = new LookUps(lookup, LOOK_UPS_AT_ONCE, LOOK_UP_MILLIS);
  const reach = new Reach(compiled, (name, _, callback) => void answer(find(name), callback));
  const found = new Map<string, Promise<string[]>>();
  const find = (name: string): Promise<string[]> => {
    const known = found.get(name) ?? lookUps.find(name);
    found.set(name, known);
    return known;
  };
  const judged = await Promise.all(places.map((place) => problemOf(place, compiled, reach, find)));
  const problems = judged.filter((problem) => problem !== null);
  const hosts = `${places.length} webhooks lead to ${found.size} names`;
  if (problems.length === 0) return ok('receivers', `${hosts}, all of which are found and allowed`);
  const more = problems.length - MOST_NAMED;
  const named = problems.slice(0, MOST_NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
  return warn(
    'receivers',
    `${hosts}: ${named}`,
    'Change those webhooks, mend the names, or name them in egress.allow.',
  );
}

async function answer(found: Promise<string[]>, callback: Parameters<Resolve>[2]): Promise<void> {
  const addresses = await found;
  callback(
    null,
    addresses.map((address) => ({ address, family: isIP(address) })),
  );
}

async function problemOf(
  { id, uri, onlyTo }: Place,
  { proxy: way }: Egress,
  reach: Reach,
  find: (name: string) => Promise<string[]>,
): Promise<string | null> {
  if (isTopic(uri)) return null;
  const destination = parseDestination(uri);
  if (!destination.ok) return `${id}: ${destination.problem}`;
  const place = placeOf(destination.url);
  const isForProxy = way?.resolves === true && !isDirect(way, place, []);
  const isLiteral = literalOf(place.host) !== null;
  if (!isForProxy && !isLiteral && (await find(place.host)).length === 0) return `${id}: ${place.host} has no address`;
  const problem = await reach.problem(uri, onlyTo);
  return problem === null ? null : `${id}: ${problem}`;
}

/** Goes the way of a delivery, up to where it would be written. */
export async function judgeReach({ egress, http }: Config, name: string, to: ProbeOf): Promise<Finding> {
  const options = { egress: compileEgress(egress), resolve: lookup, connectTimeoutMillis: http.connectTimeoutMillis };
  const probed = await probe(to, options);
  const phases = Object.entries(probed.phases)
    .filter(([phase]) => phase !== 'firstByteMillis' && phase !== 'bodyMillis')
    .map(([phase, millis]) => `${phase.replace('Millis', '')} ${millis} ms`)
    .join(', ');
  const took = phases === '' ? '' : ` (${phases})`;
  if (probed.ok) return ok('reach', `${name}: ${probed.place} is reached${took}`);
  return fail('reach', `${name}: ${probed.reason}: ${probed.detail}${took}`, TO_DO[probed.reason] ?? ELSE_TO_DO);
}

const ELSE_TO_DO = 'Is the receiver there, and does a firewall stand between?';
const TO_DO: Record<string, string> = {
  bad_uri: 'Write a uri as webhooks have it: https://host:8443/path.',
  dns: 'Write the right host, or mend what looks names up here.',
  forbidden_address: "Name it in egress.allow, if deliveries may go there; a webhook's onlyTo narrows that down.",
  tls: "Check the receiver's certificate and name; egress.tls.caFile, or the webhook's tls.ca, says whom to trust.",
  proxy_refused: 'Have the forward proxy allow this place (CONNECT), or name it in egress.noProxy.',
  proxy_failed: 'Check egress.proxy (egress.proxyFile), and whether it runs.',
};
