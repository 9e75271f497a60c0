// Who may import whom: docs/architecture.md, "Folders and their ranks".
// A folder imports lower ranks only; folders of one rank never import each other.
const ranks = [
  ['errors'],
  ['updates', 'config'],
  ['telemetry', 'database', 'formats', 'signing', 'secrets'],
  ['egress', 'auth', 'queue'],
  ['webhooks', 'sinks', 'sources'],
  ['dispatch', 'api'],
  ['cli'],
];
const folders = (names) => `^src/(${names.join('|')})/`;

const upwards = ranks.map((names, rank) => ({
  name: `rank-${rank}-imports-lower-ranks-only`,
  severity: 'error',
  from: { path: folders(names) },
  to: { path: '^src/', pathNot: [...ranks.slice(0, rank).map(folders), `^src/$1/`] },
}));

const only = (name, module, from) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: from },
  to: { path: module },
});

module.exports = {
  forbidden: [
    ...upwards,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*/index\\.ts$' } },
    {
      name: 'updates-know-nothing-of-nest',
      severity: 'error',
      from: { path: '^src/updates/' },
      to: { path: '@nestjs' },
    },
    {
      name: 'only-app-module-names-modules',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app\\.module|service|main)\\.ts$' },
      to: { path: '^src/app\\.module\\.ts$' },
    },
    only('undici-only-in-egress', 'node_modules/undici/', '^src/(egress|cli)/'),
    only('aws-sdk-only-in-sinks-sns', 'node_modules/@aws-sdk/', '^src/sinks/sns/'),
    only('pg-only-in-database', 'node_modules/pg/', '^src/database/'),
    only('prom-client-only-in-telemetry', 'node_modules/prom-client/', '^src/telemetry/'),
    only('opentelemetry-only-in-telemetry', 'node_modules/@opentelemetry/', '^src/telemetry/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
