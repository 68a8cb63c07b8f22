# Engram in an image of its own. compose.yaml builds and runs it, docs/deployment.md says how.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY engram engram
RUN python -m venv /opt/engram && /opt/engram/bin/pip install --no-cache-dir .
# The first start in an empty volume finds this one: in a container, localhost is the container.
RUN sed 's|http://localhost:1234           |http://host.docker.internal:1234|' \
    engram/config/template/config.ini > config.ini

FROM python:3.13-slim
RUN groupadd --gid 10001 engram \
    && useradd --uid 10001 --gid engram --home-dir /data --no-create-home engram \
    && install --directory --owner=engram --group=engram --mode=700 /data
COPY --from=build /opt/engram /opt/engram
COPY --from=build --chown=engram:engram /src/config.ini /data/config.ini
ENV PATH=/opt/engram/bin:$PATH MPLCONFIGDIR=/data/.matplotlib
USER 10001:10001
# config.ini, .env, the store and the logs are here.
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=1m --timeout=10s --start-period=2m CMD ["engram", "--check", "--quick"]
ENTRYPOINT ["engram"]
