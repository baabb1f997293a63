# One image for every program of the hub: web, mcp, worker, beat, indexer, the commands.

FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --requirement requirements.txt
ENV PATH=/venv/bin:$PATH
COPY . .
# Only the static files are wanted of these settings: nothing is signed or connected.
RUN SECRET_KEY=for-collecting-static-files-and-nothing-else \
    JWT_SIGNING_KEY=for-collecting-static-files-and-nothing-else \
    AUDIT_SIGNING_KEY=Zm9yLWNvbGxlY3Rpbmctc3RhdGljLWZpbGVzLW9ubHk= \
    ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgres://nobody@127.0.0.1:1/nothing \
    REDIS_URL=redis://127.0.0.1:1/0 \
    python manage.py collectstatic --noinput \
    && python -m compileall -q .

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    SEARCH_INDEX_DIR=/var/lib/memory-hub/search
RUN useradd --system --user-group --uid 10001 --home-dir /tmp --shell /usr/sbin/nologin hub \
    && install -d -o hub -g hub /var/lib/memory-hub /var/lib/memory-hub/search \
        /var/lib/memory-hub/audit
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER hub
VOLUME /var/lib/memory-hub/search /var/lib/memory-hub/audit
EXPOSE 8000
# For the web process; docker-compose.yml gives the other programs their own.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "deploy/healthcheck.py"]
CMD ["granian", "--interface", "wsgi", "--no-ws", "--workers", "4", \
     "--blocking-threads", "1", "--workers-kill-timeout", "20", \
     "--respawn-failed-workers", "memoryhub.wsgi:application"]
