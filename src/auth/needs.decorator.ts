import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { Scope } from '../config/scope.js';

export const NEEDS = 'auth:needs';

/** The scope that a route takes, or all routes of a controller. Without it: GET takes `read`, the rest `webhooks`. */
export const Needs = (scope: Scope): CustomDecorator => SetMetadata(NEEDS, scope);
