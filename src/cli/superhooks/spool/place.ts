import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ExitError } from '../../exit-error.js';
import { textOf } from '../failure.js';

const NAME = join('hooktide', 'superhooks');
const OWNER_ONLY = 0o700;

/** Who writes a spool, and for whom: what differs in one of these never shares one. */
export interface SpoolOwner {
  group: string;
  process: string;
  /** supervisord's address. */
  serverUrl: string;
  /** Where the events go. A password in it may change. */
  url: URL;
}

/**
 * The folder of a spool, which exists then: `<group>-<process>-<digest of the owner>` in `folder`, or in the first of
 * the usual places that can be written to.
 * @throws ExitError 1 when none can
 */
export function placeSpool(folder: string | null, owner: SpoolOwner): string {
  const name = nameOf(owner);
  const problems: string[] = [];
  for (const place of folder === null ? placesOfThisUser() : [folder]) {
    try {
      return prepare(place, name);
    } catch (error) {
      problems.push(textOf(error));
    }
  }
  throw new ExitError(1, `There is no place for the spool: ${problems.join('; ')}. Name a folder with --spool=DIR`);
}

function nameOf({ group, process, serverUrl, url }: SpoolOwner): string {
  const target = `${url.protocol}//${url.host}${url.pathname}${url.search}`;
  const digest = createHash('sha256').update(JSON.stringify([group, process, serverUrl, target]));
  const readable = `${group}-${process}`.replace(/[^\w.-]/g, '_').slice(0, 80);
  return `${readable}-${digest.digest('hex').slice(0, 8)}`;
}

/** Where spools may be, best first. `state` is XDG_STATE_HOME; of homes that of the environment comes first. Pure. */
export function usualPlaces(uid: number | undefined, state: string | undefined, homes: readonly string[]): string[] {
  const homely = homes.filter((home) => home !== '').map((home) => join(home, '.local', 'state', NAME));
  return [
    ...(uid === 0 ? [join('/var/lib', NAME)] : [...(state ? [join(state, NAME)] : []), ...new Set(homely)]),
    `/var/tmp/hooktide-superhooks-${uid}`,
  ];
}

/** supervisord leaves HOME as it was when it runs a program as another user: that one's own home comes next. */
function placesOfThisUser(): string[] {
  const { HOME: home = '', XDG_STATE_HOME: state } = process.env;
  return usualPlaces(process.getuid?.(), state, [home, homeOfUser()]);
}

/** In a container the user often is a mere number, of whom nothing is known. */
function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '';
  }
}

function prepare(place: string, name: string): string {
  const folder = join(place, name);
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  accessSync(folder, constants.W_OK | constants.X_OK);
  // /var/tmp belongs to all: what somebody else has put there is not ours.
  for (const path of [place, folder]) {
    const { uid } = lstatSync(path);
    if (place.startsWith('/var/tmp/') && uid !== process.getuid?.()) throw new Error(`${path} belongs to user ${uid}`);
  }
  return folder;
}
