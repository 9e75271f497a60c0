import { VERSION } from '../../../config/version.js';
import type { Route } from '../route.js';
import { text } from '../schema.js';

/** How the page begins. */
const BEGINNING = [
  '# HELP hooktide_build_info The version of Hooktide that runs.',
  '# TYPE hooktide_build_info gauge',
  `hooktide_build_info{version="${VERSION}"} 1`,
].join('\n');

export const METRICS: Route[] = [
  {
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    tag: 'Health',
    summary: 'What is counted',
    description:
      'For Prometheus, in its text format, and as OpenMetrics for those whose `Accept` names `application/openmetrics-text`. Every process has it, whatever its roles. It takes the scope `read`, unless `metrics.isPublic`. The example is how it begins.',
    status: 200,
    answer: {
      description: 'All metrics.',
      mediaType: 'text/plain',
      schema: text('One sample a line, `name{label="value"} number`, below the help and the type of each metric.'),
    },
    refuses: { codes: [], shape: 'problem' },
    examples: { scraped: { summary: 'Ask', answer: BEGINNING } },
  },
];
