# syntax=docker/dockerfile:1
#
# One image for the API and the workers, because they share their packages. The command decides which
# one runs: the API by default, a worker with `apps/worker/dist/main.js`. docker-compose.yml starts both.

FROM node:24.21-bookworm-slim AS base
WORKDIR /app

# The manifests alone: this stage's content changes only when a manifest does, so Docker can reuse the
# cached install until then. A new package needs no line here.
FROM base AS manifests
RUN --mount=type=bind,target=/source \
  cd /source \
  && cp --parents package.json pnpm-lock.yaml pnpm-workspace.yaml \
    apps/*/package.json packages/*/package.json /app

FROM base AS pnpm
# CI: pnpm asks no questions.
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

# `--filter-prod` omits packages that only tests use, and their dependencies. pnpm always installs the
# root's dependencies as well; one is a Node for machines without one, which the image does not need.
FROM pnpm AS production
RUN --mount=type=cache,id=deja-pnpm,target=/pnpm,sharing=locked \
  pnpm install --prod --frozen-lockfile --store-dir /pnpm \
    --filter-prod '@deja/api...' --filter-prod '@deja/worker...' \
  && rm -rf node_modules/.bin node_modules/node-linux-* node_modules/.pnpm/node-linux-* \
  && rm -rf packages/testing packages/local-redis packages/client
RUN --mount=type=bind,from=build,source=/app,target=/built \
  for dir in apps/* packages/*; do cp -r "/built/$dir/dist" "$dir/dist" || exit 1; done

FROM base
LABEL org.opencontainers.image.title="Deja" \
  org.opencontainers.image.description="A cache, a queue and request coalescing in front of slow model work"
# HOST: listen on the container's address. Whoever publishes the port decides who can reach it.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  CACHE_DIR=/data/cache
# A named volume takes its owner from this directory when it is first mounted.
RUN install --directory --owner=node --group=node /data/cache
# Owned by root, so that the process cannot change its own code.
COPY --from=production /app ./
USER node
EXPOSE 8000
# The health check of the API; docker-compose.yml has the worker's.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8000) + '/readyz').then((res) => process.exit(res.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["apps/api/dist/main.js"]
