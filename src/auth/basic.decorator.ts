import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const TAKES_BASIC = 'auth:takes-basic';

/** Lets callers bring the token as the password of HTTP Basic, too: for all routes of a controller. */
export const TakesBasic = (): CustomDecorator => SetMetadata(TAKES_BASIC, true);
