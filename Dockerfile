# The `carillon` command as an image: `docker run IMAGE ingress`, `docker run IMAGE check`, …
# It needs nothing writable, runs as an unprivileged user, and is stopped by SIGTERM.

FROM node:24.21.0-bookworm-slim AS node
WORKDIR /app

# The package.json files without the code, so that the layer of the dependencies lasts until one of them changes.
FROM node AS manifests
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY apps apps
RUN find packages apps -type f ! -name package.json -delete

FROM node AS dependencies
COPY --from=manifests /app .
# The base image brings Node, so the one for checkouts goes again, in the same layer.
RUN npm ci --omit=dev --ignore-scripts \
    && rm -rf node_modules/.bin/node node_modules/node-linux-* /root/.npm

FROM node
LABEL org.opencontainers.image.title="Carillon" \
      org.opencontainers.image.description="A queue-backed, distributed Matrix push gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=dependencies /app .
COPY LICENSE ./
COPY deploy/healthcheck.ts deploy/
COPY packages packages
COPY apps apps
# For the ENTRYPOINT, and for `docker exec CONTAINER carillon top`.
RUN ln -s /app/apps/cli/bin/carillon /usr/local/bin/carillon

ENV NODE_ENV=production \
    CARILLON_CONFIG=/etc/carillon/carillon.yaml
# `node` of the base image, by number so that "must not run as root" can be checked from outside.
USER 1000:1000

# The front door, and the metrics of the ingress and of a worker.
EXPOSE 8080 9401 9402
# Healthy if an ingress or a worker answers on its usual port; set your own check where `ops_listen` differs.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["node", "/app/deploy/healthcheck.ts", "http://127.0.0.1:9401/health", "http://127.0.0.1:9402/health"]

STOPSIGNAL SIGTERM
# It becomes Node, so that Node is process 1 and SIGTERM reaches it: npm in between would keep SIGTERM to itself.
ENTRYPOINT ["carillon"]
CMD ["start"]
