// Removes from node_modules what no running process reads: `node scripts/image/slim.mjs node_modules`. Less than
// half of it is left. Licences stay.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Source maps of others, declarations of types, sources in TypeScript, and what compilers remember. */
const NEEDLESS = /\.(map|[cm]?ts|tsbuildinfo)$/;

/** What is there for browsers and bundlers. A path that is gone stops the build: then this list is out of date. */
const FOR_OTHERS = [
  'libphonenumber-js/bundle',
  'rxjs/dist/bundles',
  'rxjs/src',
  'swagger-ui-dist/swagger-ui-es-bundle-core.js',
  'swagger-ui-dist/swagger-ui-es-bundle.js',
  'swagger-ui-dist/swagger-ui-standalone-preset.js',
  'swagger-ui-dist/swagger-ui.js',
  'typeorm/browser',
];

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: node scripts/image/slim.mjs <node_modules>');
  process.exit(2);
}
let removed = 0;
let bytes = 0;

function remove(path) {
  bytes += statSync(path).size;
  removed += 1;
  rmSync(path);
}

const filesIn = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

for (const name of FOR_OTHERS) {
  const path = join(folder, name);
  if (!statSync(path).isDirectory()) remove(path);
  else {
    for (const file of filesIn(path)) remove(file);
    rmSync(path, { recursive: true });
  }
}
for (const file of filesIn(folder)) if (NEEDLESS.test(file)) remove(file);
console.log(`slim: removed ${removed} files, ${Math.round(bytes / 1e6)} MB.`);
