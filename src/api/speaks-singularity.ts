/** What stands under these paths is Singularity's (contract §1) … */
const SINGULARITY = /^\/api\/(webhooks|disasters)(\/|$)/i;

/** … but for our own routes among them. Fixed routes win over webhooks with such an id; in any case, as the router has it. */
const OWN: readonly { methods: readonly string[]; path: RegExp }[] = [
  {
    methods: ['GET', 'HEAD'],
    path: /^\/api\/webhooks\/(?!(summary|request|deploy|task|elevated-access)\/?$)[^/]+\/?$/i,
  },
  { methods: ['PATCH'], path: /^\/api\/webhooks\/[^/]+\/?$/i },
  { methods: ['POST'], path: /^\/api\/webhooks\/[^/]+\/(pause|resume|secret|test)\/?$/i },
];

/**
 * Whether errors of a route have Singularity's shapes; else they are problem details. Where no route answers, it goes by
 * whose the path is: clients of Singularity get the 404 and 405 that they know.
 * @param url the path as it was sent, without the context path; a query may follow
 */
export function speaksSingularity(method: string, url: string): boolean {
  const [path = ''] = url.split('?', 1);
  return SINGULARITY.test(path) && !OWN.some((own) => own.methods.includes(method) && own.path.test(path));
}
