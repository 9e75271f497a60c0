import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json and config/, wherever this file was compiled to. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'config', 'default.yaml')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
