"""One answer to "is this a test?": real paths of every ecosystem."""

from __future__ import annotations

from pathlib import Path

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.domain.pathkinds import PathKinds

KINDS = load_filekinds().paths

TESTS = """
    django: tests/admin_views/tests.py
    django: tests/auth_tests/test_forms.py
    flask: tests/conftest.py
    numpy: numpy/_core/tests/test_multiarray.py
    cpython: Lib/test/test_asyncio/test_base_events.py
    fastapi: tests/test_tutorial/test_body/test_tutorial001.py
    pytest: testing/test_config.py
    pandas: pandas/tests/frame/test_api.py
    express: test/app.router.js
    jquery: test/unit/core.js
    react: packages/react-dom/src/__tests__/ReactDOM-test.js
    vue: packages/reactivity/__tests__/ref.spec.ts
    angular: packages/router/src/router.spec.ts
    nest: test/app.e2e-spec.ts
    next: test/e2e/app-dir/app/index.test.ts
    cypress: cypress/integration/login.cy.js
    kubernetes: pkg/kubelet/kubelet_test.go
    go: src/net/http/testdata/index.html
    terraform: internal/command/testdata/apply/main.tf
    spring: spring-core/src/test/java/org/springframework/util/StringUtilsTests.java
    guava: guava-tests/test/com/google/common/base/JoinerTest.java
    keycloak: services/src/main/java/org/keycloak/LoginPageTest.java
    maven: maven-core/src/main/java/org/apache/maven/ProjectBuilderIT.java
    android: app/src/androidTest/java/com/app/LoginActivityCheck.kt
    gradle: platform/src/integrationTest/groovy/BuildSpec.groovy
    ktor: ktor-server/jvm/src/io/ktor/server/RoutingTest.kt
    rails: activerecord/test/cases/associations_test.rb
    discourse: spec/models/user_spec.rb
    minitest: lib/order_test.rb
    elixir: lib/plug_spec.exs
    rust: tests/integration.rs
    tokio: tokio/src/sync/mutex_test.rs
    googletest: src/strings/split_unittest.cc
    newtonsoft: Src/Newtonsoft.Json.Tests/JsonConvertTest.cs
    dotnet: Api.Tests/Startup.cs
    phpunit: src/Cart/CartTest.php
    alamofire: Source/SessionTests.swift
    bats: ci/install.bats
    shell: scripts/test_release.sh
    git: t/t0000-basic.sh
    pgtap: db/schema.test.sql
    terraform: modules/vpc/vpc.tftest.hcl
    cucumber: features/step_definitions/login.rb
    cucumber: features/login.feature
    docker: docker/Dockerfile.test
"""

DOCS = """
    fastapi: docs_src/security/tutorial001.py
    numpy: doc/source/conf.py
    django: docs/conf.py
    react: docs/getting-started.md
    flask: examples/tutorial/flaskr/auth.py
    express: examples/auth/index.js
    gson: examples/android/src/Main.java
    kafka: examples/src/main/java/kafka/examples/Consumer.java
    aws-sdk: samples/S3/app.rb
    babel: packages/core/example/index.js
    actix: example/main.go
    rails: README.md
    requests: HISTORY.rst
    go: src/sort/example_interface_test.go
    terraform: modules/vpc/examples/simple/main.tf
"""

NEITHER = """
    python: src/app/price.py
    python: app/latest.py
    python: app/contest/views.py
    python: app/attestation.py
    python: app/testimonials.py
    python: shop/features/cart.py
    python: app/inspector/spec.py
    python: app/documents/views.py
    django: django/contrib/admin/views/main.py
    javascript: src/features/login/index.js
    javascript: src/specials.js
    typescript: src/app/app.component.ts
    typescript: src/protest/index.tsx
    go: cmd/greatest/main.go
    go: internal/manifest/manifest.go
    java: src/main/java/com/example/shop/Order.java
    java: src/main/java/javax/crypto/SecretKeySpec.java
    java: src/main/java/Testimony.java
    java: src/main/java/AUDIT.java
    java: src/main/java/Contest.java
    kotlin: src/main/kotlin/Latest.kt
    ruby: app/models/specification.rb
    ruby: lib/inspect.rb
    shell: scripts/deploy.sh
    docker: Dockerfile
    docker: docker/web.Dockerfile
    actions: .github/workflows/test.yml
    terraform: modules/vpc/main.tf
    sql: db/migrate/001_orders.sql
    rust: src/lib.rs
    csharp: Src/Latest/Order.cs
"""


def _paths(table: str) -> list[str]:
    return [line.split(": ", 1)[1].strip() for line in table.strip().splitlines()]


@pytest.mark.parametrize("path", _paths(TESTS))
def test_a_test_is_known_by_its_path(path: str) -> None:
    assert KINDS.is_test(path)


@pytest.mark.parametrize("path", _paths(DOCS))
def test_documentation_and_examples_are_known_by_their_path(path: str) -> None:
    assert KINDS.is_docs(path)


@pytest.mark.parametrize("path", _paths(NEITHER))
def test_what_only_sounds_like_a_test_or_an_example_is_neither(path: str) -> None:
    assert not KINDS.is_aside(path)


@pytest.mark.parametrize("path", [*_paths(TESTS), *_paths(DOCS), *_paths(NEITHER)])
def test_the_words_of_a_declaration_stand_for_the_very_same_lists(path: str) -> None:
    assert KINDS.named(["tests"], path) is KINDS.is_test(path)
    assert KINDS.named(["docs"], path) is KINDS.is_docs(path)
    assert KINDS.named(["tests", "docs"], path) is KINDS.is_aside(path)
    assert KINDS.named(["/no/such/**", path.replace("[", "\\[")], path)


def test_where_nothing_is_declared_no_path_is_a_test() -> None:
    assert not any(map(PathKinds().is_aside, [*_paths(TESTS), *_paths(DOCS)]))


def test_the_lists_survive_the_compiled_cache(tmp_path: Path) -> None:
    first, second = (load_filekinds(cache_dir=tmp_path) for _ in range(2))
    assert first == second == load_filekinds()
    assert first.paths.tests
    assert first.paths.docs
