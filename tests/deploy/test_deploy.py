"""What deploy/ holds: valid by schema, and true to the program that it starts."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from synapse_bot import __version__
from synapse_bot.entry.commands import serve, worker
from synapse_bot.entry.fleet import APP_ID, APP_KEY_FILE, DATABASE
from synapse_bot.entry.webhook_secrets import GITHUB, GITLAB_SIGNING, GITLAB_TOKEN, read_secrets
from synapse_bot.govern.tenants_schema import parse_tenants
from synapse_bot.server.openapi import description

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted(
    path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.stem != "kustomization"
)
KUBERNETES = "1.31"
COMMANDS: dict[str, click.Command] = {"serve": serve.command, "worker": worker.command}
# What the program reads: its own names, and those of forges and models.
VARIABLES = {
    *(DATABASE, APP_ID, APP_KEY_FILE, GITHUB, GITLAB_SIGNING, GITLAB_TOKEN),
    *("GITHUB_TOKEN", "GITLAB_TOKEN", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "XDG_STATE_HOME"),
}
FORGE_SECRETS = {APP_ID, APP_KEY_FILE, "GITHUB_TOKEN", "GITLAB_TOKEN"}


def _documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


def _all() -> list[dict[str, Any]]:
    return [document for path in MANIFESTS for document in _documents(path)]


def _named(kind: str, name: str) -> dict[str, Any]:
    (found,) = (d for d in _all() if d["kind"] == kind and d["metadata"]["name"] == name)
    return found


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in _all():
        if document["kind"] in ("Deployment", "StatefulSet"):
            yield document["metadata"]["name"], document["spec"]["template"]["spec"]


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_the_compose_file_is_valid_by_its_schema() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    command = [checker, "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_manifest_is_valid_by_kubernetes_schema(path: Path) -> None:
    documents = _documents(path)
    assert documents
    for document in documents:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_a_field_that_does_not_exist_would_be_told() -> None:
    broken = {**_named("Service", "synapse-bot-serve"), "spec": {"sellector": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, KUBERNETES, strict=True)


def test_the_kustomization_lists_every_manifest_but_the_example() -> None:
    listed = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    names = {path.name for path in MANIFESTS if path.name != "secrets.example.yaml"}
    assert set(listed["resources"]) == names


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is absent")
def test_kubectl_builds_them() -> None:
    command = ["kubectl", "kustomize", DEPLOY / "kubernetes"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = [document["kind"] for document in yaml.safe_load_all(done.stdout)]
    assert built.count("Deployment") == 2


@pytest.mark.parametrize(("name", "pod"), tuple(_pods()))
def test_every_pod_is_as_locked_up_as_the_restricted_standard_wants(
    name: str, pod: dict[str, Any]
) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/"""
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


def _started() -> Iterator[tuple[str, list[str], Mapping[str, str], float]]:
    """(where, arguments, environment by name, seconds until it is killed) of each of our own."""
    for name in ("serve", "worker"):
        service = _compose()["services"][name]
        grace = float(service["stop_grace_period"].removesuffix("s"))
        yield f"compose/{name}", service["command"], service["environment"], grace
        pod = _named("Deployment", f"synapse-bot-{name}")["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        named = {row["name"]: "" for row in container["env"]}
        for source in container["envFrom"]:
            secret = _named("Secret", source["secretRef"]["name"])
            named |= secret["stringData"]
        yield f"kubernetes/{name}", container["args"], named, pod["terminationGracePeriodSeconds"]


STARTED = tuple(_started())


@pytest.mark.parametrize(("where", "arguments", "environ", "kill_s"), STARTED)
def test_every_command_exists_with_its_options_and_has_time_to_stop(
    where: str, arguments: list[str], environ: Mapping[str, str], kill_s: float, tmp_path: Path
) -> None:
    tenants = tmp_path / "tenants.yaml"
    tenants.touch()
    given = [arg.replace("/etc/synapse-bot/tenants.yaml", str(tenants)) for arg in arguments]
    verb, *options = given
    context = COMMANDS[verb].make_context(verb, options)
    assert context.params["grace_s"] < kill_s


@pytest.mark.parametrize(("where", "arguments", "environ", "kill_s"), STARTED)
def test_every_variable_is_one_that_the_program_reads(
    where: str, arguments: list[str], environ: Mapping[str, str], kill_s: float
) -> None:
    assert DATABASE in environ
    assert set(environ) <= VARIABLES


def test_the_process_that_faces_the_network_gets_no_token_of_a_forge() -> None:
    for where, arguments, environ, _ in STARTED:
        if arguments[0] == "serve":
            assert not FORGE_SECRETS & set(environ), where
        else:
            assert not {GITHUB, GITLAB_SIGNING, GITLAB_TOKEN} & set(environ), where


def test_the_images_are_of_this_version_and_never_the_latest() -> None:
    texts = [path.read_text() for path in (DEPLOY / "compose.yaml", *MANIFESTS)]
    images = [found for text in texts for found in re.findall(r"image: (\S+)", text)]
    ours = {image for image in images if "synapse-bot" in image}
    assert {image.rpartition(":")[2] for image in ours} == {__version__}
    assert all(re.search(r":[0-9]+\.[0-9]", image) for image in images)


def test_the_probes_are_routes_and_the_ingress_opens_webhooks_alone() -> None:
    (container,) = _named("Deployment", "synapse-bot-serve")["spec"]["template"]["spec"][
        "containers"
    ]
    probes = [container["readinessProbe"], container["livenessProbe"]]
    assert {probe["httpGet"]["path"] for probe in probes} <= set(description()["paths"])
    (rule,) = _named("Ingress", "synapse-bot")["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/webhooks/"]


def test_every_selector_finds_its_pods_and_every_reference_its_object() -> None:
    labels = {
        name: document["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"]
        for document in _all()
        if document["kind"] in ("Deployment", "StatefulSet")
        for name in [document["metadata"]["name"]]
    }
    assert all(name == label for name, label in labels.items())
    text = "\n".join(path.read_text() for path in MANIFESTS)
    selected = re.findall(r"app\.kubernetes\.io/name: (\S+)", text)
    selected += [
        name for listed in re.findall(r"values: \[(.*)\]", text) for name in listed.split(", ")
    ]
    assert set(selected) == set(labels.values())
    known = {(d["kind"], d["metadata"]["name"]) for d in _all()}
    for name in re.findall(r"secretKeyRef:\s+name: (\S+)", text):
        assert ("Secret", name) in known
    for name in re.findall(r"secretName: (\S+)", text):
        assert ("Secret", name) in known or name == "synapse-bot-tls"
    for name in re.findall(r"configMap:\s+name: (\S+)", text):
        assert ("ConfigMap", name) in known


def test_the_database_is_reached_by_ours_alone_and_the_door_reaches_nothing_else() -> None:
    (rule,) = _named("NetworkPolicy", "synapse-bot-postgres")["spec"]["ingress"]
    assert [peer for peer in rule["from"] if "podSelector" not in peer] == []
    for document in _all():
        if document["kind"] == "NetworkPolicy" and "Egress" in document["spec"]["policyTypes"]:
            selector = str(document["spec"]["podSelector"])
            if "synapse-bot-serve" in selector:
                assert "ipBlock" not in str(document["spec"].get("egress", []))


def test_the_tenants_of_the_config_map_are_read_by_the_program() -> None:
    text = _named("ConfigMap", "synapse-bot-tenants")["data"]["tenants.yaml"]
    assert parse_tenants(text.encode(), "tenants.yaml").everybody == "local"


def test_the_script_makes_secrets_that_serve_takes_and_keeps_what_is_there(tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    shutil.copy(DEPLOY / "secrets.sh", script)
    subprocess.run(["sh", script], check=True, capture_output=True)
    file = tmp_path / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    values = dict(line.split("=", 1) for line in rows)
    secrets = read_secrets(values, ())
    assert len(secrets.github) == len(secrets.gitlab_signing) == 1
    assert len(values["POSTGRES_PASSWORD"]) == 64
    used = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert set(values) <= used
    before = file.read_text()
    subprocess.run(["sh", script], check=True, capture_output=True)
    assert file.read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "secrets.sh"]


def test_the_file_with_secrets_is_never_committed() -> None:
    done = subprocess.run(["git", "check-ignore", "-q", "deploy/.env"], cwd=ROOT)
    assert done.returncode == 0


def test_the_target_that_compose_builds_is_in_the_dockerfile() -> None:
    target = _compose()["services"]["serve"]["build"]["target"]
    stages = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert target in stages
