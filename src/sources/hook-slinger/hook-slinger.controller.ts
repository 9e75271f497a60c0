import { Body, Controller, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { Public } from '../../auth/public.decorator.js';
import { HookSlingerService, type Called, type Registered } from './hook-slinger.service.js';

/** `POST /hook_slinger/`: one message to one uri. It has a check of its own for tokens. */
@Public()
@Controller('hook_slinger')
export class HookSlingerController {
  constructor(private readonly hookSlinger: HookSlingerService) {}

  @Post()
  @HttpCode(202)
  accept(
    @Headers() headers: Called,
    @Body() body: Buffer | undefined,
    @Ip() address: string | undefined,
  ): Promise<Registered> {
    return this.hookSlinger.accept(headers, body, address);
  }
}
