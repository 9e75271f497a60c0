// Finds dead links in the documents: every relative link and every path in backticks (`src/main.ts`) in a *.md file must
// lead somewhere, and a link's #anchor to a heading. Says where the dead ones stand, as file:line, and exits with 1.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.hooktide']);
const FENCE = /^\s*(```|~~~)/;
const LINK = /\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const PATH = /`((?:src|config|docs|test|migrations|scripts|bench)\/[^`\s]*)`/g;
const HAS_SCHEME = /^[a-z][a-z\d+.-]*:/i;

function documentsIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : documentsIn(join(folder, entry.name));
    return entry.name.endsWith('.md') ? [join(folder, entry.name)] : [];
  });
}

/** The lines of a document by number, without those of code blocks. */
function proseOf(file) {
  let inCode = false;
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((text, index) => {
      const isFence = FENCE.test(text);
      if (isFence) inCode = !inCode;
      return { text: isFence || inCode ? '' : text, number: index + 1 };
    });
}

/** As GitHub makes them of headings. */
function anchorsOf(file) {
  const headings = proseOf(file).flatMap(({ text }) => /^#+\s+(.*?)\s*$/.exec(text)?.slice(1) ?? []);
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(anchors);
}

/** What is wrong with a link; null: nothing, or it leads outside. */
function faultOfLink(file, link) {
  if (HAS_SCHEME.test(link)) return null;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
  if (!existsSync(target)) return `${link} leads nowhere`;
  if (!anchor || !target.endsWith('.md') || !statSync(target).isFile()) return null;
  return anchorsOf(target).has(anchor) ? null : `${link} names no heading`;
}

function faultsIn(file) {
  return proseOf(file).flatMap(({ text, number }) => {
    const links = [...text.replace(/`[^`]*`/g, (code) => code.replaceAll('](', '')).matchAll(LINK)];
    const paths = [...text.matchAll(PATH)].map((match) => match[1]);
    const faults = [
      ...links.map((match) => faultOfLink(file, match[1])),
      ...paths.map((path) => (existsSync(join(root, path)) ? null : `${path} does not exist`)),
    ];
    return faults.filter((fault) => fault !== null).map((fault) => `${relative(root, file)}:${number}: ${fault}`);
  });
}

const documents = documentsIn(root);
const faults = documents.flatMap(faultsIn);
for (const fault of faults) console.log(fault);
console.log(`links: ${documents.length} documents, ${faults.length} dead links.`);
process.exit(faults.length > 0 ? 1 : 0);
