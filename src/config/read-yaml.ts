import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from '../errors/errors.js';
import type { Setting } from './setting.js';
import { isSection, reasonOf } from './wording.js';

/**
 * Reads a YAML file as one setting a key. Maps are sections; everything else, lists and empty maps included, is a value.
 * @param file its absolute path
 * @param name the file as messages name it
 * @throws ConfigError if it can't be read, is no YAML (duplicate keys, alias bombs and rings included) or is no map
 */
export function readYaml(file: string, name: string): Setting[] {
  const lines = new LineCounter();
  const document = parse(readText(file, name), name, lines);
  const content = toPlain(document, name);
  if (content === null) return [];
  if (!isSection(content)) {
    throw new ConfigError(
      '',
      `${name}:1: the file holds no keys: write "key: value" lines, as config/default.yaml does.`,
    );
  }
  const originOf = (segments: string[]): string => `${name}:${lines.linePos(offsetOf(document, segments)).line}`;
  return [...flatten(content, [], originOf)];
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(
      '',
      `${name}: the config file can't be read (${reasonOf(cause)}): write its path into HOOKTIDE_CONFIG, or nothing.`,
      { cause },
    );
  }
}

function parse(text: string, name: string, lineCounter: LineCounter): Document.Parsed {
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  // A warning is a tag that YAML doesn't know: its value isn't what the writer meant.
  const [fault] = [...document.errors, ...document.warnings];
  if (fault === undefined) return document;
  const { line, col } = lineCounter.linePos(fault.pos[0]);
  const reason = fault.code === 'MULTIPLE_DOCS' ? 'A second document begins here' : fault.message;
  throw new ConfigError('', `${name}:${line}:${col}: this is no valid YAML: ${reason}.`, { cause: fault });
}

function toPlain(document: Document.Parsed, name: string): unknown {
  try {
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    if (holdsItself(content)) throw new Error('An alias stands within what it names');
    return content;
  } catch (cause) {
    // What follows names the alias: a secret that begins with * and stands in no quotes.
    const reason = reasonOf(cause).replace(/^(Unresolved alias[^:]*):.*$/s, '$1');
    throw new ConfigError('', `${name}: this is no valid YAML: ${reason}.`, { cause });
  }
}

/** @param above what it stands in. @param seen what was looked through: aliases lead to the same many times */
function holdsItself(value: unknown, above = new Set<unknown>(), seen = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (seen.has(value)) return above.has(value);
  seen.add(value);
  above.add(value);
  const does = Object.values(value).some((inner) => holdsItself(inner, above, seen));
  above.delete(value);
  return does;
}

function* flatten(
  section: Record<string, unknown>,
  above: string[],
  originOf: (segments: string[]) => string,
): Generator<Setting> {
  for (const [key, value] of Object.entries(section)) {
    const segments = [...above, key];
    if (isSection(value) && Object.keys(value).length > 0) yield* flatten(value, segments, originOf);
    else yield { path: segments.map(quoted).join('.'), value, origin: originOf(segments) };
  }
}

/** A key with a dot or a blank in it is no path, and must not read like one. */
const quoted = (segment: string): string => (/^[\w-]+$/.test(segment) ? segment : JSON.stringify(segment));

/** Where the key stands in the text; below an alias, where the alias stands. */
function offsetOf(document: Document.Parsed, segments: string[]): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const segment of segments) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
    if (pair === undefined) break;
    offset = (isScalar(pair.key) && pair.key.range?.[0]) || offset;
    node = pair.value;
  }
  return offset;
}
