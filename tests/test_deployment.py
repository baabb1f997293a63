"""The image, the compose file and the production settings, without an engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pytest_django.live_server_helper import LiveServer

from tests.reading import ROOT, settings_read

PACKAGES = (
    "accounts",
    "audit",
    "connectors",
    "horizon",
    "journal",
    "mcp_server",
    "memories",
    "warehouse",
)
SNOWFLAKE_KEY = "snowflake_private_key"


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the block of docs/deploy.md makes."""
    directory = tmp_path_factory.mktemp("deploy")
    deploy = (ROOT / "docs/deploy.md").read_text()
    block = re.search(r"## Make the secrets.*?```bash\n(.*?)```", deploy, re.DOTALL)
    assert block
    subprocess.run(["bash", "-euc", block[1]], cwd=directory, check=True)
    return directory / "secrets"


def hub_services(compose: Any) -> dict[str, Any]:
    """Return the services that run the hub's image."""
    return {
        name: service
        for name, service in compose["services"].items()
        if "memory-hub" in service["image"]
    }


def run_settings(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Import the settings in a process that has nothing but some variables."""
    return subprocess.run(
        [sys.executable, "-c", f"import memoryhub.settings as settings; {code}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HUB_STATE_DIR": "/nonexistent"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


class TestCompose:
    def test_follows_the_specification(self, compose: Any) -> None:
        schema = json.loads((ROOT / "tests/compose-spec.json").read_text())

        faults = Draft202012Validator(schema).iter_errors(compose)

        assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []

    @pytest.mark.skipif(not shutil.which("docker"), reason="needs the Docker client")
    def test_is_a_stack_too(self, secrets: Path) -> None:
        result = subprocess.run(
            ["docker", "stack", "config", "--compose-file", "docker-compose.yml"],
            cwd=ROOT,
            env={**os.environ, "ALLOWED_HOSTS": "a.example", "SECRETS": str(secrets)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert result.returncode == 0, result.stderr

    def test_publishes_web_and_mcp_on_loopback_and_nothing_else(
        self, compose: Any
    ) -> None:
        published = {
            name: service["ports"]
            for name, service in compose["services"].items()
            if "ports" in service
        }

        assert published == {
            "web": ["127.0.0.1:${HUB_PORT:-8000}:8000"],
            "mcp": ["127.0.0.1:${HUB_MCP_PORT:-8001}:8000"],
        }

    def test_keeps_the_data_on_a_network_without_a_way_out(self, compose: Any) -> None:
        networks = {
            name: service["networks"] for name, service in compose["services"].items()
        }

        assert compose["networks"]["data"] == {"internal": True}
        assert [networks[name] for name in ("postgres", "broker", "cache")] == [
            ["data"]
        ] * 3

    def test_says_of_every_program_how_its_health_is_seen(self, compose: Any) -> None:
        by_image = {"web", "mcp"}

        for name, service in compose["services"].items():
            assert ("healthcheck" in service) != (name in by_image), name

    def test_gives_every_service_the_secrets_that_it_reads(self, compose: Any) -> None:
        for name, service in hub_services(compose).items():
            given = {f"/run/secrets/{secret}" for secret in service["secrets"]}
            read = {
                value
                for value in service["environment"].values()
                if value.startswith("/run/secrets/")
            }
            goes_out_to_snowflake = name in {"worker", "migrate"}
            key = f"/run/secrets/{SNOWFLAKE_KEY}"
            assert given == (read if goes_out_to_snowflake else read - {key}), name

    def test_gives_the_key_of_the_audits_seal_to_who_seals_alone(
        self, compose: Any
    ) -> None:
        for name, service in hub_services(compose).items():
            sealing = name == "worker"
            assert ("audit_signing_key" in service["secrets"]) == sealing, name
            assert ("AUDIT_SIGNING_KEY_FILE" in service["environment"]) == sealing

    def test_declares_every_secret_and_volume_that_it_uses(self, compose: Any) -> None:
        services = compose["services"].values()
        secrets = {secret for one in services for secret in one["secrets"]}
        volumes = {
            mount["source"] if isinstance(mount, dict) else mount.partition(":")[0]
            for one in services
            for mount in one.get("volumes", ())
            if not isinstance(mount, dict) or mount["type"] == "volume"
        }

        assert secrets == set(compose["secrets"])
        assert volumes == set(compose["volumes"])

    @pytest.mark.parametrize("heading", ["Limits", "Signing in and sessions"])
    def test_passes_on_what_operators_tune(self, compose: Any, heading: str) -> None:
        told = (ROOT / "docs/settings.md").read_text().split(f"## {heading}")[1]
        tuned = set(re.findall(r"^\| `([A-Z_]+)`", told.split("\n## ")[0], re.M))

        assert tuned
        for service in hub_services(compose).values():
            assert tuned <= set(service["environment"])

    def test_sets_nothing_that_the_settings_do_not_read(self, compose: Any) -> None:
        known = settings_read()

        for service in hub_services(compose).values():
            for name in service["environment"]:
                assert name in known or name.removesuffix("_FILE") in known, name


class TestSecrets:
    def test_are_all_that_the_compose_file_names(
        self, compose: Any, secrets: Path
    ) -> None:
        made = {path.name for path in secrets.iterdir()} - {".gitignore"}

        assert made == set(compose["secrets"])

    def test_are_for_their_owner_and_never_for_git(self, secrets: Path) -> None:
        assert secrets.stat().st_mode & 0o777 == 0o700
        assert (secrets / ".gitignore").read_text() == "*\n"

    def test_start_the_hub(self, compose: Any, secrets: Path) -> None:
        result = run_settings(
            "print(settings.DATABASES['default']['PASSWORD'], settings.REDIS_URL, "
            "settings.BROKER_URL, settings.SECRET_KEY, settings.JWT_SIGNING_KEY)",
            **environment(compose, secrets),
        )

        assert result.returncode == 0, result.stderr
        assert result.stdout.split() == [
            (secrets / name).read_text().strip()
            for name in (
                "postgres_password",
                "cache_url",
                "broker_url",
                "secret_key",
                "jwt_signing_key",
            )
        ]

    @pytest.mark.parametrize(
        ("service", "seals"), [("worker", True), ("web", False), ("beat", False)]
    )
    def test_let_the_worker_alone_seal(
        self, compose: Any, secrets: Path, service: str, seals: bool
    ) -> None:
        result = run_settings(
            "print(settings.AUDIT_SIGNING_KEY is not None)",
            **environment(compose, secrets, service),
        )

        assert result.stdout.strip() == str(seals), result.stderr

    def test_give_valkey_the_password_of_its_urls(self, secrets: Path) -> None:
        password = (secrets / "valkey_password_conf").read_text().split()[1]

        for name in ("cache", "broker"):
            url = (secrets / f"{name}_url").read_text().strip()
            assert url == f"redis://:{password}@{name}:6379/0"


def environment(compose: Any, secrets: Path, service: str = "web") -> Mapping[str, str]:
    """Return what a service gets, its secrets read from a folder."""
    given = compose["services"][service]["environment"]
    plain = {
        name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value) for name, value in given.items()
    }
    return {
        name: value.replace("/run/secrets", str(secrets))
        for name, value in plain.items()
    } | {"ALLOWED_HOSTS": "hub.example.com"}


class TestSettings:
    def test_read_a_file_without_its_line_end(self, tmp_path: Path) -> None:
        variables = {}
        for name, value in {
            "SECRET_KEY": "s" * 40,
            "JWT_SIGNING_KEY": "j" * 40,
            "AUDIT_SIGNING_KEY": "a" * 43,
            "DATABASE_URL": "postgres://hub:p%40ss@db:5432/hub",
            "REDIS_URL": "redis://cache:6379/0",
            "SNOWFLAKE_PASSWORD": "a pass word ",
        }.items():
            (tmp_path / name).write_text(f"{value}\r\n")
            variables[f"{name}_FILE"] = str(tmp_path / name)

        result = run_settings(
            "print([settings.SECRET_KEY, settings.REDIS_URL, "
            "settings.SNOWFLAKE['password'], settings.DATABASES['default']['NAME'], "
            "settings.DATABASES['default']['PASSWORD']])",
            ALLOWED_HOSTS="hub.example.com",
            SNOWFLAKE_ACCOUNT="x",
            SNOWFLAKE_USER="x",
            **variables,
        )

        expected = ["s" * 40, "redis://cache:6379/0", "a pass word ", "hub", "p@ss"]
        assert result.stdout.strip() == repr(expected), result.stderr

    @pytest.mark.parametrize(
        "name",
        [
            "SECRET_KEY",
            "JWT_SIGNING_KEY",
            "AUDIT_SIGNING_KEY",
            "ALLOWED_HOSTS",
            "DATABASE_URL",
            "REDIS_URL",
        ],
    )
    def test_name_what_is_missing(self, name: str, compose: Any, secrets: Path) -> None:
        given = environment(compose, secrets)
        without = {
            each: value
            for each, value in given.items()
            if each.removesuffix("_FILE") != name
        }

        result = run_settings("", **without)

        assert result.returncode != 0
        assert name in result.stderr.splitlines()[-1]

    def test_refuse_an_account_that_nobody_can_sign_in_to(
        self, compose: Any, secrets: Path
    ) -> None:
        given = {
            **environment(compose, secrets),
            "SNOWFLAKE_ACCOUNT": "x",
            "SNOWFLAKE_USER": "x",
            "SNOWFLAKE_PRIVATE_KEY_FILE": "",
        }

        result = run_settings("", **given)

        assert "SNOWFLAKE_PRIVATE_KEY_FILE" in result.stderr.splitlines()[-1]


class TestImage:
    def test_collects_the_static_files_with_settings_to_throw_away(
        self, tmp_path: Path
    ) -> None:
        dockerfile = (ROOT / "Dockerfile").read_text()
        build = re.search(
            r"^RUN (SECRET_KEY=.*?)python manage.py", dockerfile, re.M | re.S
        )
        assert build
        thrown_away = dict(re.findall(r"([A-Z_]+)=(\S+)", build[1]))

        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput"],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HUB_STATE_DIR": "/nonexistent",
                "STATIC_ROOT": str(tmp_path),
                **thrown_away,
            },
            check=True,
            capture_output=True,
        )

        manifest = json.loads((tmp_path / "staticfiles.json").read_text())
        assert "hub/admin.css" in manifest["paths"]

    def test_asks_the_web_process_by_a_name_that_it_answers_to(
        self, live_server: LiveServer, settings: Any
    ) -> None:
        settings.ALLOWED_HOSTS = ["hub.example.com"]
        port = live_server.url.rpartition(":")[2]

        def ask(hosts: str) -> int:
            return subprocess.run(
                [sys.executable, "deploy/healthcheck.py"],
                cwd=ROOT,
                env={"ALLOWED_HOSTS": hosts, "GRANIAN_PORT": port},
                check=False,
            ).returncode

        assert ask("hub.example.com,other.example.com") == 0
        assert ask("other.example.com") != 0

    def test_has_nothing_of_the_trial_in_it_that_the_hub_would_miss(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text().splitlines()
        assert {".*", "secrets/", "tests/", "memoryhub/embedded/"} <= set(ignored)

        for package in (*PACKAGES, "memoryhub"):
            for file in (ROOT / package).rglob("*.py"):
                if "embedded" not in file.parts:
                    assert "memoryhub.embedded" not in file.read_text(), file
