// Writes what the documents say of config keys, error codes, metrics and the API, from the definitions that the service
// itself uses; with `--check` only compares. Each *.md has the place for it between two comments; the rest is written by
// hand. docs/openapi.json is written as a whole.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { isMap, parseDocument } from 'yaml';

const BEGIN = '<!-- written by `npm run docs` from here on -->';
const END = '<!-- up to here -->';
const root = fileURLToPath(new URL('..', import.meta.url));
const built = (path) => import(new URL(`../dist/src/${path}`, import.meta.url));

/** Every section and key of config/default.yaml in its order, with the comment above it. */
function* entriesOf(map, above = '') {
  for (const [index, { key, value }] of map.items.entries()) {
    // The comment above the first key of a map is the map's. Above the very first stands the file's own, a blank line apart.
    const comment = (index === 0 && above !== '' ? map.commentBefore : key.commentBefore) ?? '';
    const path = above + key.value;
    yield { path, value, comment: comment.split('\n\n').at(-1) };
    if (isMap(value)) yield* entriesOf(value, `${path}.`);
  }
}

async function keys() {
  const [{ takenBy }, { Settings }, { variableOf }] = await Promise.all(
    ['config/rules.js', 'config/settings.dto.js', 'config/read-env.js'].map(built),
  );
  const takes = takenBy(Settings);
  const text = readFileSync(join(root, 'config', 'default.yaml'), 'utf8');
  const describe = ({ path, value }) => {
    if (!takes.has(path)) throw new Error(`${path} stands in config/default.yaml, and has no rule.`);
    const lines = [
      `- Takes ${proseOf(takes.get(path))}.`,
      `- Default: \`${text.slice(...value.range)}\``,
      `- Variable: \`${variableOf(path)}\``,
    ];
    if (takes.has(`${path}File`))
      lines.push(`- A secret: better write it into a file, and name that by \`${path}File\`.`);
    return lines.join('\n');
  };
  return [...entriesOf(parseDocument(text).contents)].map((entry) => {
    const level = entry.path.includes('.') ? '####' : '###';
    const parts = [`${level} ${entry.path}`, proseOf(entry.comment)];
    return [...parts, isMap(entry.value) ? '' : describe(entry)].join('\n\n');
  });
}

/** A comment as a paragraph: on one line, and nothing in it taken for Markdown. */
const proseOf = (comment) =>
  comment
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[*_`]|<(?=[a-z/!?])/gi, '\\$&');

async function codes() {
  const [{ PROBLEMS }, { problem }] = await Promise.all(['api/problems.js', 'api/problem.js'].map(built));
  const all = Object.entries(PROBLEMS);
  const rows = all.map(([code, { status }]) => `| [\`${code}\`](#${code}) | ${status} ${STATUS_CODES[status]} |`);
  const entries = all.map(
    ([
      code,
      {
        status,
        meaning,
        remedy,
        example: { detail, field },
      },
    ]) => {
      const { body } = problem({ status, code, message: detail, field });
      return `### ${code}\n\n**${status} ${STATUS_CODES[status]}.** ${meaning}\n\n_What to do:_ ${remedy}\n\n\`\`\`json\n${body}\n\`\`\``;
    },
  );
  return [['| code | status |', '| --- | --- |', ...rows].join('\n'), ...entries];
}

/** More values of a label than these stand below the table. */
const MOST_IN_A_CELL = 6;

const words = (values) => values.map((value) => `\`${value}\``).join(' ');

const valuesOf = (name, values) =>
  `\`${name}\`${values.length === 0 || values.length > MOST_IN_A_CELL ? '' : `: ${words(values)}`}`;

const cellOf = (labels) =>
  Object.entries(labels)
    .map(([name, values]) => valuesOf(name, values))
    .join('<br>');

async function metrics() {
  const { openMetrics } = await built('open-metrics.js');
  const all = openMetrics({}, 0).metrics.describe();
  const rows = all.map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${cellOf(labels)} | ${help} |`);
  const long = new Map();
  for (const { name, labels } of all) {
    for (const [label, values] of Object.entries(labels)) {
      if (values.length <= MOST_IN_A_CELL) continue;
      const key = `\`${label}\`: ${words(values)}`;
      long.set(key, [...(long.get(key) ?? []), `\`${name}\``]);
    }
  }
  const lists = [...long].map(([key, names]) => `- ${key}. Of ${names.join(', ')}.`);
  return [
    ['| name | type | labels | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    'Labels with more values than stand above:',
    lists.join('\n'),
  ];
}

/** The API as it is served at /docs/openapi.json, with the context path that is the default. */
async function api(file) {
  const { openApi } = await built('api/openapi/document.js');
  const defaults = parseDocument(readFileSync(join(root, 'config', 'default.yaml'), 'utf8'));
  return pretty(file, JSON.stringify(openApi(defaults.getIn(['server', 'contextPath']))), 'json');
}

/** The document with its derived part written anew. */
async function renewed(file, current, parts) {
  const [before, , after] = current.split(new RegExp(`(?<=${BEGIN}\n)([^]*)(?=${END})`));
  if (after === undefined) throw new Error(`${file} has no place for what is derived: "${BEGIN}" and "${END}".`);
  return pretty(file, `${before}\n${parts.join('\n\n')}\n\n${after}`, 'markdown');
}

const pretty = async (file, text, parser) => format(text, { ...(await resolveConfig(join(root, file))), parser });

const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'prepare.mjs'), '--build'], { stdio: 'inherit' });
if (status !== 0) process.exit(1);
const DOCUMENTS = {
  'docs/configuration.md': async (file, current) => renewed(file, current, await keys()),
  'docs/errors.md': async (file, current) => renewed(file, current, await codes()),
  'docs/metrics.md': async (file, current) => renewed(file, current, await metrics()),
  'docs/openapi.json': api,
};
for (const [file, derive] of Object.entries(DOCUMENTS)) {
  const current = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  const fresh = await derive(file, current);
  if (fresh === current) {
    console.log(`docs: ${file} says what the code does.`);
  } else if (process.argv.includes('--check')) {
    console.log(`docs: ${file} does not say what the code does. Write it anew with: npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, file), fresh);
    console.log(`docs: wrote ${file}.`);
  }
}
