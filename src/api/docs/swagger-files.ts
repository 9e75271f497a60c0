import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Injectable } from '@nestjs/common';

const require = createRequire(import.meta.url);

/** The files of Swagger UI that are served: these and no others. Read once, when they are asked for. */
@Injectable()
export class SwaggerFiles {
  readonly #read = new Map<string, Buffer>();

  get script(): Buffer {
    return this.read('swagger-ui-bundle.js');
  }

  get style(): Buffer {
    return this.read('swagger-ui.css');
  }

  get icon(): Buffer {
    return this.read('favicon-32x32.png');
  }

  private read(name: string): Buffer {
    const file = this.#read.get(name) ?? readFileSync(require.resolve(`swagger-ui-dist/${name}`));
    this.#read.set(name, file);
    return file;
  }
}
