import { describe, expect, it } from 'vitest';
import ipaddr from 'ipaddr.js';
import { specialsOf } from '../../src/egress/address.js';
import { FEWEST, render, SCENARIOS, withEachHelm } from './chart.js';
import { envOf, named, ofKind, podsOf } from './manifest.js';

/** Where clouds hand out credentials, and what is on the link. */
const METADATA = ['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fe80::a9fe:a9fe', 'fd00:ec2::254', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', 'fd00:42::42', '169.254.1.1', 'fe80::1']; // prettier-ignore

const isMetadata = (ip: string) => specialsOf(ip)?.some((special) => special.isMetadata) === true;

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

withEachHelm((helm) => {
  describe.each(Object.keys(SCENARIOS))('%s', (scenario) => {
    const rendered = () => render(helm, SCENARIOS[scenario]!);

    it('has pods as the Pod Security Standard "restricted" wants them, with nothing writable but /tmp', async () => {
      const pods = podsOf((await rendered()).manifests);
      expect(pods.length).toBeGreaterThan(1);
      for (const { owner, spec, container } of pods) {
        const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
        expect({ owner, ...spec, writable }).toMatchObject({
          owner,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 10001,
            runAsGroup: 10001,
            fsGroup: 10001,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            { securityContext: RESTRICTED, resources: { limits: { memory: expect.any(String) as string } } },
          ],
          writable: [{ name: 'tmp', mountPath: '/tmp' }],
          volumes: expect.arrayContaining([{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }]) as unknown,
        });
        expect(JSON.stringify(spec)).not.toMatch(/hostPath|hostNetwork|hostPID|hostIPC|hostPort/);
      }
    });

    it('gives nobody a right or a token of the API server', async () => {
      const { manifests } = await rendered();
      const kinds = manifests.map(({ kind }) => kind);
      for (const kind of ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'])
        expect(kinds).not.toContain(kind);
      for (const { owner, spec } of podsOf(manifests)) {
        expect({ owner, mounts: spec.automountServiceAccountToken }).toEqual({ owner, mounts: false });
      }
      const accounts = ofKind(manifests, 'ServiceAccount');
      expect(accounts.map((account) => account.automountServiceAccountToken)).toEqual([false]);
    });

    it('makes no Secret, and mounts those that it is given as files, which no variable repeats', async () => {
      const { manifests } = await rendered();
      expect(ofKind(manifests, 'Secret')).toEqual([]);
      for (const { owner, spec, container } of podsOf(manifests)) {
        const projected = spec.volumes.flatMap(({ projected: all }) => all?.sources ?? []);
        const files = projected.flatMap(({ secret }) => secret.items.map(({ path }) => `/run/hooktide/${path}`));
        const named = Object.entries(envOf(container)).filter(([name]) => name.startsWith('HOOKTIDE_') && name.endsWith('_FILE')); // prettier-ignore
        expect({ owner, missing: named.filter(([, file]) => !files.includes(file)) }).toEqual({ owner, missing: [] });
        expect({ owner, from: container.env.filter(({ valueFrom }) => valueFrom) }).toEqual({ owner, from: [] });
      }
    });
  });

  it('lets only those have the token of Hook Slinger that answer its clients', async () => {
    const { manifests } = await render(helm, SCENARIOS['all-on']!);
    const holders = podsOf(manifests).filter(({ spec }) => JSON.stringify(spec).includes('hooktide-hook-slinger'));
    expect(holders.map(({ owner }) => owner)).toEqual(['Deployment/hooks-api']);
  });

  it('has IRSA by an annotation alone', async () => {
    const { manifests } = await render(helm, SCENARIOS['sns']!);
    const account = named(manifests, 'ServiceAccount', 'hooks-hooktide');
    expect(account.metadata.annotations).toEqual({
      'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/hooktide',
    });
    expect(podsOf(manifests)[0]?.spec.serviceAccountName).toBe('hooks-hooktide');
    expect((await render(helm, SCENARIOS['sns']!)).text).not.toMatch(/AKIA|AWS_SECRET/);
  });

  it('lets deliveries go anywhere by the network policy, but to no metadata and link-local address', async () => {
    const { manifests } = await render(helm, { ...FEWEST, networkPolicy: { enabled: true } });
    const blocks = named(manifests, 'NetworkPolicy', 'hooks-hooktide').spec.egress.flatMap(({ to = [] }) =>
      to.flatMap(({ ipBlock }) => ipBlock ?? []),
    );
    expect(blocks.map(({ cidr }) => cidr)).toEqual(['0.0.0.0/0', '::/0']);
    const excepted = blocks.flatMap(({ except }) => except).map((range) => ipaddr.parseCIDR(range));
    const isExcepted = (ip: string) =>
      excepted.some(([net, bits]) => {
        const address = ipaddr.parse(ip);
        return address.kind() === net.kind() && address.match(net, bits);
      });
    expect(METADATA.filter(isMetadata)).toEqual(METADATA);
    expect(METADATA.filter(isExcepted)).toEqual(METADATA);
    expect(['93.184.216.34', '10.1.2.3', '2606:2800::1'].filter(isExcepted)).toEqual([]);
  });
});
