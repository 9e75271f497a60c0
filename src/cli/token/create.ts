import type { Registry } from './registry.js';

/** Makes a token. It alone goes to standard output: `TOKEN=$(hooktide token create …)`. */
export async function create(registry: Registry, token: Record<string, unknown>, asJson: boolean): Promise<string> {
  const made = await registry.create(token);
  if (asJson) return `${JSON.stringify(made, null, 2)}\n`;
  const { id, name, scopes, application, expiresAt } = made;
  const what = `${scopes.join(', ')}${application === null ? '' : ` for the application ${application}`}`;
  const until = expiresAt === null ? 'never expires' : `expires ${expiresAt}`;
  process.stderr.write(`The token ${id}, ${name}: ${what}; ${until}. It is shown this once.\n`);
  return `${made.token}\n`;
}
