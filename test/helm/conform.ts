import { dirname, join } from 'node:path';
import { findProgram } from '../setup/program.js';
import { hint, run } from './chart.js';

/** Null: there is no kubeconform, which is said aloud. */
export const KUBECONFORM = findProgram({ name: 'kubeconform', variable: 'KUBECONFORM', hint });

/** @throws Error with what is wrong with manifests by the schemas of this Kubernetes */
export async function conform(kubeconform: string, manifests: string, kubernetes: string): Promise<string> {
  const schemas = process.env['HELM_SCHEMAS'] ?? join(dirname(kubeconform), 'schemas');
  const file = '{{.ResourceKind}}{{.KindSuffix}}.json';
  const places = [`${schemas}/{{.NormalizedKubernetesVersion}}/${file}`, `${schemas}/${file}`];
  const locations = places.flatMap((place) => ['-schema-location', place]);
  return await run(
    kubeconform,
    ['-strict', '-summary', '-kubernetes-version', kubernetes, ...locations, '-'],
    manifests,
  );
}
