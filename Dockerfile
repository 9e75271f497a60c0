# One image for all roles: HOOKTIDE_ROLES says what a container does.
ARG BASE_IMAGE=node:24-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /hooktide
COPY package.json package-lock.json ./
RUN npm ci --omit=optional
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional

FROM ${BASE_IMAGE}
ENV NODE_ENV=production HOOKTIDE_SERVER_HOST=0.0.0.0
WORKDIR /hooktide
COPY --from=build /hooktide/package.json ./
COPY --from=build /hooktide/node_modules node_modules
COPY --from=build /hooktide/dist dist
COPY --from=build /hooktide/config config
COPY --from=build /hooktide/docs docs
USER node
EXPOSE 7099
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
