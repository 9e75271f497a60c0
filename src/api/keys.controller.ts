import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/public.decorator.js';
import type { PublicKey } from '../signing/asymmetric.js';

/** The keys by which receivers verify signatures of `v1a`; none where the config names none. */
export abstract class PublicKeys {
  abstract readonly keys: readonly PublicKey[];
}

/** For receivers, who have no token. */
@Public()
@Controller('.well-known/hooktide-keys')
export class KeysController {
  constructor(private readonly keys: PublicKeys) {}

  @Get()
  list(): PublicKeys {
    return this.keys;
  }
}
