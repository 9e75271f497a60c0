/** What is looked at of a manifest, whatever its kind: only what a kind has is there. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec: Spec;
  data: Record<string, string>;
  automountServiceAccountToken?: boolean;
}

export interface Metadata {
  name: string;
  namespace?: string;
  labels: Labels;
  annotations?: Labels;
}

export type Labels = Record<string, string>;

interface Spec extends PodSpec {
  replicas?: number;
  selector: Labels & { matchLabels: Labels };
  template: { metadata: Metadata; spec: PodSpec };
  ports: { name: string; port: number; targetPort?: string | number }[];
  podSelector: { matchLabels: Labels };
  scaleTargetRef: { name: string };
  minAvailable?: unknown;
  maxUnavailable?: unknown;
  groups: { name: string; rules: { expr: string }[] }[];
  endpoints: { port: string; path: string; authorization?: unknown }[];
  egress: { ports: { port: number }[]; to?: Peer[] }[];
  ingress: { from?: Peer[] }[];
}

export interface Peer {
  ipBlock?: { cidr: string; except: string[] };
  podSelector?: { matchLabels: Labels };
}

export interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken: boolean;
  enableServiceLinks: boolean;
  securityContext: Record<string, unknown>;
  terminationGracePeriodSeconds: number;
  topologySpreadConstraints?: { labelSelector: { matchLabels: Labels } }[];
  containers: Container[];
  volumes: Volume[];
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  securityContext: Record<string, unknown>;
  env: { name: string; value: string; valueFrom?: unknown }[];
  ports?: { name: string; containerPort: number }[];
  resources: { limits?: { memory?: string } };
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface Volume {
  name: string;
  configMap?: { name: string };
  secret?: { secretName: string; items: { key: string; path: string }[] };
  projected?: { sources: { secret: { name: string; items: { key: string; path: string }[] } }[] };
  emptyDir?: object;
}

export interface Pod {
  /** `Deployment/hooks-hooktide-api` */
  owner: string;
  labels: Labels;
  annotations: Labels;
  spec: PodSpec;
  container: Container;
}

/** Every pod that manifests make, hooks too. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const template = kind === 'Pod' ? { metadata, spec } : spec?.template;
    if (template === undefined) return [];
    const [container] = template.spec.containers;
    if (container === undefined) throw new Error(`${metadata.name} has no container`);
    const { labels, annotations = {} } = template.metadata;
    return [{ owner: `${kind}/${metadata.name}`, labels, annotations, spec: template.spec, container }];
  });
}

export const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

/** The one whose kind and name these are. */
export function named(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = ofKind(manifests, kind).find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}`);
  return found;
}

/** Of the pods those that a selector finds, by who makes them. */
export function foundBy(selector: Labels, pods: readonly Pod[]): string[] {
  const fits = ({ labels }: Pod): boolean => Object.entries(selector).every(([key, value]) => labels[key] === value);
  return pods.filter(fits).map(({ owner }) => owner);
}

/** The variables of a container. */
export const envOf = ({ env }: Container): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
