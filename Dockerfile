# syntax=docker/dockerfile:1
#
# One image for the API and the workers: they share their packages, and what runs is the command.
# API: the default. Worker: `apps/worker/dist/main.js`. docker-compose.yml starts both.

FROM node:24.21-bookworm-slim AS base
WORKDIR /app

# The manifests by themselves: what is copied from here has the same content, and so the same
# cached install, until a manifest changes. A new package needs no line of its own.
FROM base AS manifests
RUN --mount=type=bind,target=/source \
  cd /source \
  && cp --parents package.json pnpm-lock.yaml pnpm-workspace.yaml \
    apps/*/package.json packages/*/package.json /app

FROM base AS pnpm
# CI: pnpm asks nothing.
ENV CI=1 \
  DO_NOT_TRACK=1 \
  TURBO_TELEMETRY_DISABLED=1
COPY --from=manifests /app ./
RUN npm install --global "$(node --print 'require("./package.json").packageManager')"

FROM pnpm AS build
RUN --mount=type=cache,id=deja-pnpm,target=/pnpm,sharing=locked \
  pnpm install --frozen-lockfile --store-dir /pnpm
COPY . .
RUN pnpm exec turbo run build --filter @deja/api --filter @deja/worker

# `--filter-prod`: packages that only tests use are left out, and what those depend on. pnpm always
# installs the root's dependencies, too: a Node for machines without one, which an image is not.
FROM pnpm AS production
RUN --mount=type=cache,id=deja-pnpm,target=/pnpm,sharing=locked \
  pnpm install --prod --frozen-lockfile --store-dir /pnpm \
    --filter-prod '@deja/api...' --filter-prod '@deja/worker...' \
  && rm -rf node_modules/.bin node_modules/node-linux-* node_modules/.pnpm/node-linux-* \
  && rm -rf packages/testing packages/local-redis
RUN --mount=type=bind,from=build,source=/app,target=/built \
  for dir in apps/* packages/*; do cp -r "/built/$dir/dist" "$dir/dist" || exit 1; done

FROM base
LABEL org.opencontainers.image.title="Deja" \
  org.opencontainers.image.description="A cache, queue and single flight in front of slow model work"
# HOST: on the container's own address; who may reach that is decided where its port is published.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  CACHE_DIR=/data/cache
# A named volume takes its owner from here when it is first mounted.
RUN install --directory --owner=node --group=node /data/cache
# Owned by root, so that the process cannot change its own code.
COPY --from=production /app ./
USER node
EXPOSE 8000
# For the API; docker-compose.yml has the worker's.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8000) + '/readyz').then((res) => process.exit(res.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["apps/api/dist/main.js"]
