import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const FOR_APPLICATION = 'auth:for-application';

/**
 * Opens a route to callers that are restricted to one application; all others refuse them.
 * @param parameter of the path, which has to name it; left out: the route itself keeps them to their application
 */
export const ForApplication = (parameter = ''): CustomDecorator => SetMetadata(FOR_APPLICATION, parameter);
