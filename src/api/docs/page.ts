/**
 * The page, which answers with and without a `/` at its end: so its links begin where it stands. They are relative, for
 * a proxy may have put a prefix before all of it.
 */
export function pageAt(path: string): string {
  const base = path.endsWith('/') ? '' : 'docs/';
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Hooktide: the API</title>
    <link rel="icon" type="image/png" href="${base}favicon-32x32.png" />
    <link rel="stylesheet" href="${base}swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>The same for programs and for reading: <a href="${base}openapi.json">openapi.json</a></noscript>
    <script src="${base}swagger-ui-bundle.js"></script>
    <script src="${base}initializer.js"></script>
  </body>
</html>
`;
}

/**
 * Starts Swagger UI in the browser. Nothing leaves for elsewhere: the validator of swagger.io is off. A browser names the
 * origin of a POST, and Hooktide asks for JSON then, also where there is no body.
 */
export const INITIALIZER = `const here = document.currentScript.src;
SwaggerUIBundle({
  url: new URL('openapi.json', here).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  requestInterceptor(request) {
    if (request.method === 'POST' && !request.body) request.headers['Content-Type'] = 'application/json';
    return request;
  },
});
`;
