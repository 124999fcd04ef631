# The agent in an image with nothing in it but Node and one file; docs: scripts/build-image --help.
#
# Run it, as root (also with docker, same words):
#   mkdir -p /etc/pvlan-agent /run/libvirt/network /run/libvirt/qemu
#   podman run --detach --name pvlan-agent --restart always --pull never \
#     --network none --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /run/pvlan-agent \
#     --volume /run/openvswitch:/run/openvswitch:ro --volume /run/libvirt/network:/run/libvirt/network:ro \
#     --volume /run/libvirt/qemu:/run/libvirt/qemu:ro --volume /etc/libvirt/qemu:/etc/libvirt/qemu:ro \
#     --volume /etc/pvlan-agent:/etc/pvlan-agent:ro pvlan-agent
#
# Mount folders, never single sockets: ovsdb-server makes a new socket when it restarts, and a mounted file would stay the old one.
# Never /run/libvirt itself: who can connect to libvirt's socket is root on the host, and a read-only mount stops no connection.
# The user must be able to write to db.sock and the *.mgmt sockets. They belong to root unless the distribution runs Open
# vSwitch as a user of its own; then add --user with the ids that `stat -c %u:%g /run/openvswitch/db.sock` prints, and
# --cap-add DAC_READ_SEARCH, with which that user may read libvirt's files, and no more than read. (Docker gives such a user no
# capability: there add --cap-add DAC_OVERRIDE alone.)
# Configure by file or environment rather than by flags: the health check is a command of its own and sees no flags of `run`.
# It asks whether the agent is at work, not whether all is well: starting it again mends no guest's mistake.
ARG BUILD_IMAGE=node:24-bookworm-slim
# Anything with node in it serves; a distroless image keeps the shell out, which is not needed.
ARG RUNTIME_IMAGE=node:24-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --prefer-offline --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/
COPY schemas schemas
COPY src src
RUN node scripts/build.mjs

FROM ${RUNTIME_IMAGE}
# Images disagree on where node lives; every step from here on is in exec form, as there may be no shell.
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin NODE_ENV=production
WORKDIR /
COPY --from=build /build/dist/pvlan-agent.mjs /usr/local/lib/pvlan-agent/pvlan-agent.mjs
COPY LICENSE /usr/local/lib/pvlan-agent/LICENSE
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "/usr/local/lib/pvlan-agent/pvlan-agent.mjs", "status", "--live"]
ENTRYPOINT ["node", "/usr/local/lib/pvlan-agent/pvlan-agent.mjs"]
CMD ["run"]
