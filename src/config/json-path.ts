/** One step of a path from a value to those inside it. */
export interface Step {
  /** The name of a member, the index of an element from 0, or null for all of either. */
  readonly at: string | number | null;
  /** `..`: at any depth, not only one deeper. */
  readonly isDeep: boolean;
}

/** Completes "write …". */
export const A_PATH = "a path of names, such as $.deploy.command, $..arguments, $.task.offers[*].url or $.a['b-c'][0]";

const SEGMENT =
  /\.(?<deep>\.)?(?<name>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*|\*)|(?<far>\.\.)?\[(?:(?<all>\*)|(?<index>0|[1-9]\d{0,8})|(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))\]/y;

/**
 * Reads a path; null: it is none. The language is the part of JSONPath (RFC 9535) that names places and asks nothing of
 * what stands there; `$` alone is none, as nothing would be left.
 *
 *     $.a.b   $['a']["b-c"]     members                 $.a.*   $.a[*]     all members or elements
 *     $.a[0]                    an element, from 0      $..a   $..[0]      at any depth
 */
export function readPath(text: string): Step[] | null {
  if (!text.startsWith('$')) return null;
  const steps: Step[] = [];
  for (let at = 1; at < text.length; at = SEGMENT.lastIndex) {
    SEGMENT.lastIndex = at;
    const groups = SEGMENT.exec(text)?.groups;
    const name = groups && nameIn(groups);
    if (name === undefined) return null;
    steps.push({ at: name, isDeep: (groups?.['deep'] ?? groups?.['far']) !== undefined });
  }
  return steps.length > 0 ? steps : null;
}

export const isPath = (value: unknown): boolean => typeof value === 'string' && readPath(value) !== null;

function nameIn({ name, all, index, quoted }: Record<string, string | undefined>): Step['at'] | undefined {
  if (name === '*' || all !== undefined) return null;
  if (name !== undefined) return name;
  if (index !== undefined) return Number(index);
  return unquoted(quoted ?? '');
}

/** Both quotes know JSON's escapes, and their own. */
function unquoted(text: string): string | undefined {
  const inside = text.slice(1, -1);
  const json = text.startsWith("'") ? inside.replace(/\\.|"/g, (part) => QUOTES[part] ?? part) : inside;
  try {
    return JSON.parse(`"${json}"`) as string;
  } catch {
    return undefined;
  }
}

const QUOTES: Record<string, string> = { "\\'": "'", '"': '\\"' };
