"""What a lock file and a manifest tell, in every format that is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synapse_bot.specialist.change.locks import READERS, read_lock
from synapse_bot.specialist.change.manifests import LOCKS, MANIFESTS, asked_for, locks_of

Scan = Callable[..., Any]
D1, D2 = "1" * 64, "2" * 64


def npm(version: str, host: str, digest: str) -> str:
    entry = {
        "version": version,
        "resolved": f"https://{host}/a.tgz",
        "integrity": f"sha512-{digest}",
    }
    return json.dumps({"packages": {"": {}, "node_modules/a": entry}}, indent=2)


def old_npm(version: str, host: str, digest: str) -> str:
    entry = {
        "version": version,
        "resolved": f"https://{host}/a.tgz",
        "integrity": f"sha512-{digest}",
    }
    return json.dumps({"lockfileVersion": 1, "dependencies": {"a": entry}}, indent=2)


def yarn(version: str, host: str, digest: str) -> str:
    head = f'a@^1.0.0:\n  version "{version}"\n  resolved "https://{host}/a.tgz"\n'
    return f"{head}  integrity sha512-{digest}\n"


def pnpm(version: str, host: str, digest: str) -> str:
    where = f"integrity: sha512-{digest}, tarball: https://{host}/a.tgz"
    return f"lockfileVersion: '9.0'\n\npackages:\n\n  a@{version}:\n    resolution: {{{where}}}\n"


def uv(version: str, host: str, digest: str) -> str:
    return (
        f'[[package]]\nname = "a"\nversion = "{version}"\n'
        f'source = {{ registry = "https://{host}/simple" }}\n'
        f'sdist = {{ url = "https://{host}/a.tgz", hash = "sha256:{digest}", size = 1 }}\n'
    )


def poetry(version: str, host: str, digest: str) -> str:
    return (
        f'[[package]]\nname = "a"\nversion = "{version}"\nfiles = [\n'
        f'    {{file = "a.tgz", hash = "sha256:{digest}"}},\n]\n\n'
        f'[package.source]\ntype = "legacy"\nurl = "https://{host}/simple"\n'
    )


def cargo(version: str, host: str, digest: str) -> str:
    return (
        f'[[package]]\nname = "a"\nversion = "{version}"\n'
        f'source = "registry+https://{host}/index"\nchecksum = "{digest}"\n'
    )


def composer(version: str, host: str, digest: str) -> str:
    row = {
        "name": "a",
        "version": version,
        "dist": {"url": f"https://{host}/a.zip", "shasum": digest},
    }
    return json.dumps({"packages": [row]}, indent=4)


FORMATS = {
    "package-lock.json": npm,
    "npm-shrinkwrap.json": old_npm,
    "yarn.lock": yarn,
    "pnpm-lock.yaml": pnpm,
    "uv.lock": uv,
    "poetry.lock": poetry,
    "Cargo.lock": cargo,
    "composer.lock": composer,
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_package_that_moves_to_another_host_is_told(name: str, scan: Scan) -> None:
    write = FORMATS[name]
    before = {name: write("1.0.0", "one.example", D1)}
    found = scan("dependencies", before, {name: write("1.0.1", "two.example", D2)})
    [(_, _, line, message)] = [f for f in found if f[0] == "dependency-source-changed"]
    assert "a (from one.example to two.example)" in message
    assert line >= 1


@pytest.mark.parametrize("name", FORMATS)
def test_other_content_under_the_same_version_is_told(name: str, scan: Scan) -> None:
    write = FORMATS[name]
    before = {name: write("1.0.0", "one.example", D1)}
    found = scan("dependencies", before, {name: write("1.0.0", "one.example", D2)})
    assert [f[0] for f in found if f[0] != "lock-without-manifest"] == [
        "dependency-content-changed"
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_an_ordinary_update_of_a_version_says_nothing(name: str, scan: Scan) -> None:
    write = FORMATS[name]
    before = {name: write("1.0.0", "one.example", D1)}
    assert scan("dependencies", before, {name: write("1.2.0", "one.example", D2)}) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_version_that_goes_back_is_told(name: str, scan: Scan) -> None:
    write = FORMATS[name]
    before = {name: write("1.10.0", "one.example", D1)}
    found = scan("dependencies", before, {name: write("1.9.0", "one.example", D2)})
    assert [f[0] for f in found] == ["dependency-downgrade"]
    assert "1.10.0 → 1.9.0" in found[0][3]


def test_two_names_of_one_registry_are_one_place(scan: Scan) -> None:
    before = {"yarn.lock": yarn("1.0.0", "registry.yarnpkg.com", D1)}
    assert (
        scan("dependencies", before, {"yarn.lock": yarn("1.0.0", "registry.npmjs.org", D1)}) == []
    )


def test_a_folder_outside_the_repository_is_a_place(scan: Scan) -> None:
    published = uv("1.0.0", "pypi.org", D1)
    local = '[[package]]\nname = "a"\nversion = "1.0.0"\nsource = { directory = "../a" }\n'
    assert (
        "the folder ../a" in scan("dependencies", {"uv.lock": published}, {"uv.lock": local})[0][3]
    )
    assert scan("dependencies", {"uv.lock": local}, {"uv.lock": published}) == []


MANIFEST = {
    "package.json": ('{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "2"}}'),
    "pyproject.toml": ('[project]\ndependencies = ["a>=1"]', '[project]\ndependencies = ["a>=2"]'),
    "Pipfile": ('[packages]\na = "1"', '[packages]\na = "2"'),
    "requirements.in": ("a>=1", "a>=2"),
    "go.mod": ("require e.org/a v1.0.0", "require e.org/a v1.1.0"),
    "Cargo.toml": ('[dependencies]\na = "1"', '[dependencies]\na = "2"'),
    "Gemfile": ("gem 'a', '1'", "gem 'a', '2'"),
    "composer.json": ('{"require": {"a": "1"}}', '{"require": {"a": "2"}}'),
}


def test_every_manifest_that_has_a_lock_is_read() -> None:
    assert set(MANIFEST) == set(LOCKS)


@pytest.mark.parametrize("name", MANIFEST)
def test_a_manifest_that_asks_for_other_things_needs_its_lock(name: str, scan: Scan) -> None:
    old, new = MANIFEST[name]
    lock = LOCKS[name][0]
    before = {f"app/{name}": old, f"app/{lock}": "", "elsewhere/x": ""}
    [(rule, path, line, message)] = scan("dependencies", before, {f"app/{name}": new})
    assert (rule, path) == ("manifest-without-lock", f"app/{name}")
    assert f"app/{lock}" in message
    assert line >= 1
    both = {f"app/{name}": new, f"app/{lock}": "new"}
    assert scan("dependencies", before, both) == []
    assert scan("dependencies", {f"app/{name}": old}, {f"app/{name}": new}) == []
    assert scan("dependencies", before, {f"app/{name}": f"{old}\n\n"}) == []


def test_the_lock_of_a_workspace_lies_above_its_members() -> None:
    tree = {"yarn.lock", "packages/a/package.json", "other/yarn.lock"}
    assert locks_of("packages/a/package.json", tree) == ("yarn.lock",)
    assert locks_of("other/package.json", tree) == ("other/yarn.lock",)


def test_a_package_that_only_the_lock_knows_of_is_told(scan: Scan) -> None:
    one = cargo("1.0.0", "e.org", D1)
    more = one + cargo("0.1.0", "e.org", D2).replace('"a"', '"b"')
    [(rule, _, _, message)] = scan("dependencies", {"Cargo.lock": one}, {"Cargo.lock": more})
    assert rule == "lock-without-manifest"
    assert message.startswith("b: ")
    refreshed = more.replace('"1.0.0"', '"1.0.1"').replace(D1, "3" * 64)
    assert scan("dependencies", {"Cargo.lock": one}, {"Cargo.lock": refreshed}) == []
    with_manifest = {"Cargo.lock": more, "crates/x/Cargo.toml": ""}
    assert scan("dependencies", {"Cargo.lock": one}, with_manifest) == []


def test_a_new_install_script_is_told_and_an_old_one_is_not(scan: Scan) -> None:
    def lock(**keys: Any) -> str:
        return json.dumps({"packages": {"node_modules/a": {"version": "1.0.0", **keys}}}, indent=2)

    plain, scripted = lock(), lock(hasInstallScript=True)
    name = "package-lock.json"
    [(rule, *_)] = scan("dependencies", {name: plain}, {name: scripted})
    assert rule == "dependency-install-script"
    other = lock(hasInstallScript=True, license="MIT")
    assert scan("dependencies", {name: scripted}, {name: other}) == []


def test_another_index_is_told_where_it_is_added(scan: Scan) -> None:
    before = {"requirements.txt": "flask==3.0.0\n"}
    after = {"requirements.txt": "flask==3.0.0\n--extra-index-url https://p.example/simple\n"}
    [(rule, _, line, message)] = scan("dependencies", before, after)
    assert (rule, line) == ("dependency-foreign-source", 2)
    assert "p.example" in message


@pytest.mark.parametrize("name", [*READERS])
@given(text=st.text(alphabet='{}[]":,\n ab=1@-#()', max_size=200))
def test_no_text_breaks_a_reader(name: str, text: str) -> None:
    found = read_lock(f"x/{name}", text)
    assert all(package.name for packages in found.values() for package in packages)


@pytest.mark.parametrize("name", [*LOCKS])
@given(text=st.text(alphabet="{}[]\":,\n ab=1@-#()'", max_size=200))
def test_no_text_breaks_a_manifest(name: str, text: str) -> None:
    found = asked_for(f"x/{name}", text)
    assert found is None or all(isinstance(spec, str) for spec in found.values())


def test_every_lock_belongs_to_a_manifest() -> None:
    assert set(READERS) - {"requirements.txt"} <= set(MANIFESTS)
