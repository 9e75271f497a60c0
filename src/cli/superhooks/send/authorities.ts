import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../failure.js';
import { misuse } from '../option-values.js';
import type { Environment } from './proxy.js';

/**
 * The certificates that REQUESTS_CA_BUNDLE, else CURL_CA_BUNDLE, names: a file, or a folder of them. They take the place
 * of those that Node trusts; undefined: neither is set.
 * @throws ExitError 2 when they can't be read
 */
export function readAuthorities(env: Environment): string[] | undefined {
  const name = ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'].find((variable) => env[variable]);
  const path = name && env[name];
  if (!path) return undefined;
  try {
    const files = statSync(path).isDirectory() ? readdirSync(path).map((file) => join(path, file)) : [path];
    const texts = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'));
    return texts.filter((text) => text.includes('-----BEGIN CERTIFICATE-----'));
  } catch (error) {
    throw misuse(`${name}: ${textOf(error)}`);
  }
}
