# syntax=docker/dockerfile:1
# The digest is python:3.13-slim-trixie for every architecture; dependabot moves it.
ARG PYTHON=python:3.13-slim-trixie@sha256:8d9d0b8bcf6506481eae4907c18f5e3e7902e629f5f6d684f9e7c32e85e3ddf0

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/synapse-bot
# Dependencies first: a change of our own code leaves this layer as it is.
COPY requirements.lock requirements-build.lock ./
RUN /opt/synapse-bot/bin/pip install --require-hashes -r requirements.lock -r requirements-build.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY synapse_bot synapse_bot
COPY specialists specialists
COPY rules rules
RUN /opt/synapse-bot/bin/pip install --no-deps --no-build-isolation . \
 && /opt/synapse-bot/bin/pip uninstall --yes hatchling \
 && /opt/synapse-bot/bin/python -m compileall -q /opt/synapse-bot
# The pinned analysers, in environments of their own, where the user of the image finds them.
ENV XDG_CACHE_HOME=/opt/cache
RUN /opt/synapse-bot/bin/synapse-bot tools install

# The program with what a fleet needs more (`serve`, `worker`, `queue`), by its own lock.
FROM build AS build-fleet
COPY requirements-fleet.lock ./
RUN /opt/synapse-bot/bin/pip install --require-hashes -r requirements-fleet.lock \
 && /opt/synapse-bot/bin/python -m compileall -q /opt/synapse-bot

FROM ${PYTHON} AS base
LABEL org.opencontainers.image.title="synapse-bot" \
      org.opencontainers.image.description="One consolidated, negotiated code review" \
      org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008 # Debian drops old versions: a pinned one fails within weeks
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --uid 10001 synapse \
 # A mounted checkout belongs to somebody else; git is told that this is meant.
 && git config --system --add safe.directory '*'
ENV PATH=/opt/synapse-bot/bin:$PATH \
    XDG_CACHE_HOME=/opt/cache \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /repo
ENTRYPOINT ["synapse-bot"]

# docker build --target fleet
FROM base AS fleet
COPY --from=build-fleet /opt/synapse-bot /opt/synapse-bot
COPY --from=build-fleet /opt/cache /opt/cache
CMD ["worker"]

# The last stage is what a build without --target makes.
FROM base
COPY --from=build /opt/synapse-bot /opt/synapse-bot
COPY --from=build /opt/cache /opt/cache
CMD ["review"]
