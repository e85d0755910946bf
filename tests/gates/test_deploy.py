"""What is in deploy/ and scripts/ holds before those who know it best, and keeps to our own rules.

Their programs are no part of the project: `KNEEWISE_CHECKS_PYTHON` names a Python that has them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fleet.nginx import check, written
from fleet.program import find
from running import ROOT

from kneewise import cli
from kneewise.channels import core
from kneewise.channels.slack import channel as slack
from kneewise.channels.telegram import channel as telegram

DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "docker" / "compose.yml"
KUBERNETES = DEPLOY / "kubernetes"
NGINX = DEPLOY / "nginx"
PYTHON = os.environ.get("KNEEWISE_CHECKS_PYTHON", "")
YAML_RULES = """{extends: default, rules: {
  line-length: {max: 140}, document-start: disable, comments: {min-spaces-from-content: 1}}}"""
OF_COMPOSE = {"KNEEWISE_VERSION", "KNEEWISE_LISTEN", "KNEEWISE_TLS"}
"""What only Compose reads."""

judged = pytest.mark.skipif(not PYTHON, reason="KNEEWISE_CHECKS_PYTHON is not set")


def judge(program: str, *arguments: object) -> str:
    """Run a program of the checks' environment; fail with what it says if it objects."""
    return passes(Path(PYTHON).with_name(program), *arguments)


def passes(*command: object) -> str:
    done = subprocess.run(  # noqa: S603 - programs that judge our files
        [*map(str, command)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def system(name: str) -> str:
    """A program that this system may have; no package brings it everywhere, so CI may lack it."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not here")
    return found


def loaded(path: Path) -> Iterator[dict[str, Any]]:
    yield from filter(None, yaml.safe_load_all(path.read_text("utf-8")))


def services() -> dict[str, dict[str, Any]]:
    (whole,) = loaded(COMPOSE)
    found: dict[str, dict[str, Any]] = whole["services"]
    return found


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in KUBERNETES.rglob("*.yaml"):
        for made in loaded(path):
            if "template" in made.get("spec", {}):
                yield made["metadata"]["name"], made["spec"]["template"]["spec"]


@judged
def test_yaml_is_plain_and_tidy() -> None:
    judge("yamllint", "--strict", "-d", YAML_RULES, *sorted(DEPLOY.rglob("*.y*ml")))


@judged
def test_the_compose_files_follow_the_specification() -> None:
    files = sorted(COMPOSE.parent.glob("compose*.yml"))
    assert len(files) > 1
    judge("check-jsonschema", "--builtin-schema", "vendor.compose-spec", *files)


@judged
def test_the_dockerfile_is_sound() -> None:
    judge("hadolint", "--failure-threshold", "info", DEPLOY / "docker" / "Dockerfile")


@judged
def test_the_shell_scripts_are_sound() -> None:
    scripts = [*sorted((ROOT / "scripts").glob("*.sh")), ROOT / ".ci" / "run"]
    judge("shellcheck", "--external-sources", *scripts)


@judged
def test_the_manifests_follow_the_schemas_of_kubernetes() -> None:
    files = [f for f in sorted(KUBERNETES.rglob("*.yaml")) if f.name != "kustomization.yaml"]
    said = judge("kubernetes-validate", "--strict", *files)
    assert said.count("passed for resource") == sum(len(list(loaded(file))) for file in files)


@judged
@pytest.mark.parametrize("folder", ["base", "example-backends"])
def test_kustomize_builds_the_manifests(folder: str, tmp_path: Path) -> None:
    built = passes(system("kubectl"), "kustomize", KUBERNETES / folder)
    (tmp_path / "built.yaml").write_text(built)
    judge("kubernetes-validate", "--strict", tmp_path / "built.yaml")
    images = re.findall(r"image: (\S+)", built)
    assert "registry.example/kneewise:1" in images
    assert "kneewise" not in images


def test_every_manifest_is_part_of_the_kustomization() -> None:
    for folder in KUBERNETES.iterdir():
        (whole,) = loaded(folder / "kustomization.yaml")
        files = {file.name for file in folder.glob("*.yaml")}
        named = {name for name in whole["resources"] if name.endswith(".yaml")}
        assert files - named == {"kustomization.yaml"} | (files & {"secret.example.yaml"})


@judged
def test_gixy_finds_no_mistake_in_the_nginx_file() -> None:
    # The host with its port is what the web channel compares a page's origin with.
    judge("gixy", "--skips", "host_spoofing", NGINX / "kneewise.conf")


@pytest.mark.parametrize("tls", [False, True])
def test_nginx_takes_its_files(tls: bool, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path) if tls else None
    with written([5005, 5006], certificate=certificate) as nginx:
        assert "test is successful" in check(nginx)
        written_out = "".join(path.read_text() for path in nginx.folder.glob("*.conf"))
        assert ("ssl_certificate" in written_out) is tls
        assert "listen 8" not in written_out


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate and its key, good for a day."""
    files = folder / "certificate.pem", folder / "key.pem"
    passes(
        *(find("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
        *("-subj", "/CN=localhost", "-days", "1", "-out", files[0], "-keyout", files[1]),
    )
    return files


def test_nginx_reads_as_much_as_the_channels_do() -> None:
    text = (NGINX / "kneewise.conf").read_text("utf-8")
    sizes = dict(re.findall(r"location (?:= )?(\S+) \{\s+client_max_body_size (\d+)m;", text))
    assert int(sizes["/webhooks/telegram/webhook"]) << 20 == telegram.LARGEST_UPDATE
    assert int(sizes["/webhooks/slack/webhook"]) << 20 == slack.LONGEST_BODY
    (least,) = re.findall(r"^    client_max_body_size (\d+)k;", text, re.MULTILINE)
    assert int(least) << 10 == core.LONGEST_BODY


def test_what_the_ingress_opens_is_what_nginx_opens() -> None:
    opened = set()
    for ingress in loaded(KUBERNETES / "base" / "ingress.yaml"):
        for rule in ingress["spec"]["rules"]:
            opened |= {path["path"] for path in rule["http"]["paths"]}
    assert opened == {"/", "/chat", *(f"/webhooks/{c}" for c in ("web", "telegram", "slack"))} | {
        "/webhooks/web/message"
    }
    text = (NGINX / "kneewise.conf").read_text("utf-8")
    places = set(re.findall(r"location (?:= |~ )?(\S+) \{", text))
    closed = {"/metrics", "/ready", "/webhooks/rest", "/webhooks/"}
    assert not closed & places
    assert "location / {\n        return 404;\n    }" in text


def test_prometheus_takes_its_file() -> None:
    promtool = find("promtool", "prometheus")
    passes(
        promtool, "check", "config", "--syntax-only", COMPOSE.parent / "monitoring/prometheus.yml"
    )


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = system("systemd-analyze")
    text = (DEPLOY / "systemd" / "kneewise.service").read_text("utf-8")
    unit = tmp_path / "kneewise.service"
    unit.write_text(text.replace("/opt/kneewise/.venv/bin/python", "/bin/sh"))
    assert not passes(analyze, "verify", "--man=no", unit).strip()
    # Of 100: what systemd itself would call exposed begins at 50.
    passes(analyze, "security", "--offline=true", "--threshold=20", unit)


@pytest.mark.parametrize("name", sorted(services()))
def test_every_container_is_locked_down(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"memory", "cpus", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert "privileged" not in service
    assert "network_mode" not in service
    if "build" not in service:
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", service["image"]), service["image"]
    for port in service.get("ports", []):
        assert port.startswith(("127.0.0.1:", "${KNEEWISE_LISTEN:-127.0.0.1:"))


@pytest.mark.parametrize(("name", "pod"), list(pods()))
def test_every_pod_is_locked_down(name: str, pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        inside = container["securityContext"]
        assert inside["allowPrivilegeEscalation"] is False
        assert inside["readOnlyRootFilesystem"] is True
        assert inside["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
        assert "requests" in container["resources"]


def test_postgresql_is_told_to_log_no_statement_that_fails() -> None:
    (pod,) = (spec for name, spec in pods() if name == "postgres")
    for given in (services()["postgres"]["command"], pod["containers"][0]["args"]):
        assert {"log_min_error_statement=panic", "log_error_verbosity=terse"} <= set(given)


def test_no_secret_has_a_value_in_the_files() -> None:
    secret = re.compile(r"(PASSWORD|SECRET|TOKEN|_AUTH|PASS)$")
    for name, service in services().items():
        for key, value in service.get("environment", {}).items():
            if secret.search(key):
                assert re.fullmatch(r"\$\{[A-Z_]+:(\?[^}]+|-)\}", value), (name, key)
    for line in (COMPOSE.parent / ".env.example").read_text("utf-8").splitlines():
        key, _, value = line.partition("=")
        assert not (secret.search(key) and value), line


def test_the_example_of_settings_names_what_compose_reads() -> None:
    text = "".join(path.read_text("utf-8") for path in COMPOSE.parent.glob("compose*.yml"))
    read = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    example = (COMPOSE.parent / ".env.example").read_text("utf-8")
    offered = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert read - offered == {"KNEEWISE_VERSION"}
    assert offered <= read


def test_every_setting_that_is_set_is_one_that_is_read() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "kneewise").rglob("*.py"))
    read = set(re.findall(r'"(KNEEWISE_[A-Z_]+)"', code))
    read |= {f"KNEEWISE_TELEGRAM_{key}" for key in ("TOKEN", "SECRET")}
    read |= {f"KNEEWISE_SLACK_{key}" for key in ("TOKEN", "APP_TOKEN", "SIGNING_SECRET")}
    for path in (p for p in DEPLOY.rglob("*") if p.is_file()):
        named = set(re.findall(r"\bKNEEWISE_[A-Z]+(?:_[A-Z]+)*\b", path.read_text("utf-8")))
        assert not named - OF_COMPOSE - read, path


def test_every_command_that_is_run_is_one_of_ours() -> None:
    dockerfile = (DEPLOY / "docker" / "Dockerfile").read_text("utf-8")
    named = set(re.findall(r"-m kneewise ([a-z-]+)", dockerfile))
    named |= set(re.findall(r'^CMD \["([a-z-]+)"\]', dockerfile, re.MULTILINE))
    for name, pod in pods():
        containers = [*pod["containers"], *pod.get("initContainers", [])]
        named |= {arg for c in containers for arg in c.get("args", []) if name == "kneewise"}
    assert {"serve", "check", "migrate"} <= named <= set(cli.COMMANDS)


def test_the_image_is_made_of_what_is_named() -> None:
    """Every name is there, and what is made of secrets, data or tests is not among them."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    named = {line[1:] for line in rules if line.startswith("!")}
    assert all((ROOT / name).exists() for name in named)
    assert not named & {"models", "assets", "tests", ".venv", "deploy", "results", ".git"}
