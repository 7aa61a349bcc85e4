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
COPY deploy/sbom.ts /tmp/
# The base image brings Node, so the one for checkouts goes again, in the same layer, and so does what only tests and editors of the
# libraries read. The bill of materials names what stays.
RUN npm ci --omit=dev --ignore-scripts \
    && rm -rf node_modules/.bin/node node_modules/node-linux-* \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.[cm]ts' -o -name '*.test.*' \) -delete \
    && node /tmp/sbom.ts /app >sbom.cdx.json

# The system without what only installs software. /var/lib/dpkg stays: scanners read there what the system is made of.
FROM node AS system
RUN rm -rf /app /opt/yarn* /usr/local/lib/node_modules /usr/local/include /usr/local/share /usr/local/etc \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /usr/local/bin/docker-entrypoint.sh \
      /usr/bin/apt* /usr/bin/dpkg* /usr/lib/apt /usr/lib/dpkg /etc/apt /var/lib/apt /var/cache/* /usr/share/doc /usr/share/man \
      /usr/share/locale /var/log/*

FROM scratch
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Carillon" \
      org.opencontainers.image.description="A queue-backed, distributed Matrix push gateway" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
COPY --from=system / /
WORKDIR /app
COPY --from=dependencies /app .
COPY LICENSE ./
COPY deploy/healthcheck.ts deploy/
COPY packages packages
COPY apps apps
# For the ENTRYPOINT, and for `docker exec CONTAINER carillon top`.
RUN ["/bin/ln", "-s", "/app/apps/cli/bin/carillon", "/usr/local/bin/carillon"]

ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    NODE_ENV=production \
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
