# One image for all roles: HOOKTIDE_ROLES says what a container does. How to run it: docs/deploy.md.
#
#   docker build -t hooktide .
#   docker run hooktide                    the service
#   docker run hooktide hooktide --help    the command line
#
# scripts/image/layout.mjs does what stands here where there is no engine, so COPY and RUN keep to paths below WORKDIR.

# Any Debian or Alpine with Node 20.19 or newer and npm. node scripts/image/base.mjs makes one where none can be pulled.
ARG BASE_IMAGE=node:24-bookworm-slim

# What the service runs with: no dev dependencies, and no embedded Postgres, which is an optional one. Apart from the
# sources, so that a change of those installs nothing anew. A registry of your own, and its certificate, come as secrets.
FROM ${BASE_IMAGE} AS packages
WORKDIR /hooktide
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca \
  npm ci --omit=dev --omit=optional --ignore-scripts
COPY scripts/image/slim.mjs scripts/image/
RUN node scripts/image/slim.mjs node_modules

FROM ${BASE_IMAGE} AS build
WORKDIR /hooktide
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca \
  npm ci --omit=optional --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY migrations migrations
COPY src src
RUN npm run build
RUN chmod 755 dist/src/cli/hooktide.js dist/src/cli/superhooks.js && mkdir bin && \
  ln -s ../dist/src/cli/hooktide.js bin/hooktide && ln -s ../dist/src/cli/superhooks.js bin/superhooks

# A receiver for trying: docker build --target echo. compose.yaml has it in its profile "try".
FROM ${BASE_IMAGE} AS echo
WORKDIR /hooktide
COPY --chmod=644 scripts/image/echo.mjs ./
USER 10001:10001
EXPOSE 8099
CMD ["node", "/hooktide/echo.mjs"]

FROM ${BASE_IMAGE} AS service
WORKDIR /hooktide
ENV NODE_ENV=production PATH=/hooktide/bin:$PATH HOME=/hooktide HOOKTIDE_SERVER_HOST=0.0.0.0
COPY --chmod=644 package.json LICENSE ./
COPY --chmod=644 config/default.yaml config/
COPY --chmod=644 scripts/image/healthcheck.mjs scripts/image/
COPY --from=packages /hooktide/node_modules node_modules
COPY --from=build /hooktide/bin bin
COPY --from=build /hooktide/dist dist
# The number, for Kubernetes' runAsNonRoot can't tell by a name. All files are root's: it can read them, and write nothing.
USER 10001:10001
EXPOSE 7099
# A start may migrate a large database first.
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=3 \
  CMD ["node", "/hooktide/scripts/image/healthcheck.mjs"]
CMD ["node", "--enable-source-maps", "/hooktide/dist/src/main.js"]
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="Hooktide" \
  org.opencontainers.image.description="A webhook control plane for container platforms: durable, ordered, explained." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
