// Lays out the JSON schemas that manifests of the chart are checked against, as kubeconform finds them:
//
//   node scripts/helm-schemas.mjs <to> <schemas of Kubernetes by version> <folder of CRDs>...
//
// <to>/v1.37.0/deployment-apps-v1.json for what Kubernetes brings, <to>/servicemonitor-monitoring-v1.json for what CRDs do.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The oldest and the newest of the chart's kubeVersion that there are schemas of. */
const VERSIONS = ['1.27.0', '1.37.0'];
const KINDS = ['ServiceMonitor', 'PrometheusRule', 'HTTPRoute'];

const [to, kubernetes, ...crds] = process.argv.slice(2);

function layKubernetes(version) {
  const folder = join(to, `v${version}`);
  cpSync(join(kubernetes, `v${version}-local-strict`), folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    // They refer to each other by where the API's documents are served.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('"/api/_definitions.json#', '"_definitions.json#');
    const { $id: _, ...schema } = JSON.parse(text);
    writeFileSync(join(folder, name), JSON.stringify(schema));
  }
}

function layKind(crd) {
  const { group, names, versions } = crd.spec;
  for (const { name: version, schema } of versions) {
    const file = `${names.kind}-${group.split('.')[0]}-${version}.json`.toLowerCase();
    writeFileSync(join(to, file), JSON.stringify(strict(schema.openAPIV3Schema)));
  }
}

/** What the API server prunes is an error: a field that a structural schema doesn't name. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  if (schema['x-kubernetes-int-or-string']) return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  // A property may be called "properties" itself: then it is a schema, and no map of them.
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || 'additionalProperties' in schema;
  if (schema.type !== 'object' || typeof schema.properties !== 'object' || isOpen) return inside;
  return { ...inside, additionalProperties: false };
}

mkdirSync(to, { recursive: true });
VERSIONS.forEach(layKubernetes);
const definitions = crds.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(join(folder, name), 'utf8'))),
);
for (const kind of KINDS) {
  const crd = definitions.find((definition) => definition?.spec?.names?.kind === kind);
  if (crd === undefined) throw new Error(`There is no CRD of ${kind} in ${crds.join(', ')}.`);
  layKind(crd);
}
console.log(`helm-schemas: wrote those of Kubernetes ${VERSIONS.join(' and ')}, and of ${KINDS.join(', ')}.`);
