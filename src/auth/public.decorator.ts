import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const PUBLIC = 'auth:public';

/** Opens a route, or all routes of a controller, to callers without a token. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);
