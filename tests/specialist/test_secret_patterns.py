"""Secrets that need a look at their value: rules/secrets.yaml."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from synapse_bot.classifier.filekinds import load_filekinds
from synapse_bot.config.data import data_dir
from synapse_bot.domain.errors import ConfigInvalid
from synapse_bot.specialist.secret_patterns import load_patterns, parse_patterns, secrets_in

# Built from parts, so that no scanner takes this file for a leak.
BODY = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fGhJ2k"
HEX = "3f2b1c9e8d4a4e6f9b1a2c3d4e5f6a7b8c9d0e1f"
CREDENTIALS = base64.b64encode(b"admin:s3cr3tPassq9123").decode()
PLACEHOLDER = base64.b64encode(b"user:password123").decode()

SECRETS = {
    "aws-access-key-id": ("a.py", 'k = "AKIA' + 'Q3EGRZ7T2VXJ5NLB"'),
    "azure-client-secret": ("a.py", 'client_secret = "abc8Q' + "~" + BODY[:34] + '"'),
    "azure-sas-signature": ("a.py", 'u = "https://x/c?sv=2022&sp=r&sig=' + BODY[:43] + '%3D"'),
    "google-oauth-secret": ("a.py", 'k = "GOCSPX' + "-" + BODY[:28] + '"'),
    "discord-webhook": (
        "a.js",
        'u = "https://discord.com/api/webhooks/482910374829103748/' + BODY + BODY[:20] + '"',
    ),
    "telegram-bot-token": ("a.py", 't = "482910374:AA' + BODY[:33] + '"'),
    "mailgun-key": ("a.py", 'k = "key' + "-" + HEX[:32] + '"'),
    "basic-credentials": ("a.py", 'h = {"Authorization": "Basic ' + CREDENTIALS + '"}'),
    "bearer-token": ("a.py", 'h = {"Authorization": "Bearer ' + BODY + '"}'),
    "registry-credentials": ("c.json", '{"auths": {"r": {"auth": "' + CREDENTIALS + '"}}}'),
    "netrc-password": ("deploy", "machine api.corp login bot password " + BODY[:16]),
    "connection-string": (
        "a.cs",
        'cs = "Server=sql.corp;Database=app;User Id=sa;Password=' + BODY[:12] + '!;"',
    ),
    "vendor-key": ("a.py", 'DD_API_KEY = "' + HEX[:32] + '"'),
    "framework-secret": ("a.py", 'app.config["SECRET_KEY"] = "supersecret"'),
    "password-assigned": ("a.py", 'connect(host="db", password="hunter2' + '$7")'),
    "password-in-settings": ("deploy/values.yaml", "db:\n  password: hunter2" + "Q9z\n"),
}
INNOCENT = [
    'k = "AKIA' + 'IOSFODNN7EXAMPLE"',
    'api_key = "your-api-key-here"',
    'password = os.environ["DB_PASSWORD"]',
    'url = f"postgres://{user}:{password}@{host}/db"',
    'cs = f"Server=x;Database=y;User Id=sa;Password={password};"',
    'client.login(username="u", password="test123")',
    'password_field = "current_password2"',
    'request_id = "3f2b1c9e-8d4a-4e6f-9b1a-2c3d4e5f6a7b"',
    'commit = "' + HEX + '"',
    'password: "{{ vault_db_password1 }}"',
    'error = "Password must contain 8 characters"',
    '"password": "Contraseña1"',
    'h = {"Authorization": "Basic aGVsbG8gd29ybGQgYWdhaW4="}',  # no user and password
    'h = {"Authorization": "Basic ' + PLACEHOLDER + '"}',
    'h = {"Authorization": f"Bearer {token}"}',
    'post "/login/reset_password" => "login#reset_password1",',
    "SECRET_KEY = os.getenv('SECRET_KEY')",
    'secret_key = config["jwt"]',
    'api_key = "00000000000000000000000000000000"',
]

KINDS = load_filekinds().paths


def found(path: str, text: str) -> list[tuple[str, int]]:
    table = load_patterns(data_dir("rules") / "secrets.yaml")
    return [(raw.rule, raw.line) for raw in secrets_in(path, text, table, KINDS)]


def test_every_pattern_has_an_example() -> None:
    rows = load_patterns(data_dir("rules") / "secrets.yaml").rows
    assert {row.id for row in rows} == set(SECRETS)


@pytest.mark.parametrize("rule", SECRETS)
def test_a_secret_is_found_at_its_line(rule: str) -> None:
    path, text = SECRETS[rule]
    start = text.count("\n", 0, text.find("password:")) if "\n" in text else 0
    assert (rule, start + 3) in found(path, f"first\nsecond\n{text}\n")


@pytest.mark.parametrize("text", INNOCENT)
def test_what_stands_for_a_secret_is_none(text: str) -> None:
    assert found("app/settings.py", text) == []


@pytest.mark.parametrize("path", ["tests/test_login.py", "docs/setup.md", ".env.example"])
def test_in_a_file_of_tests_or_examples_it_weighs_half(path: str) -> None:
    table = load_patterns(data_dir("rules") / "secrets.yaml")
    text = SECRETS["bearer-token"][1]
    (sure,) = secrets_in("app/client.py", text, table, KINDS)
    (doubted,) = secrets_in(path, text, table, KINDS)
    assert float(doubted.confidence) == pytest.approx(float(sure.confidence) / 2, abs=0.01)
    assert doubted.severity == "medium"


@pytest.mark.parametrize(
    "row", load_patterns(data_dir("rules") / "secrets.yaml").rows, ids=lambda row: row.id
)
@pytest.mark.parametrize("tail", ["", "=", '="', ": ", " login x password ", ";Password=", "x" * 9])
def test_a_megabyte_made_to_be_slow_takes_time_in_proportion(row: object, tail: str) -> None:
    table = load_patterns(data_dir("rules") / "secrets.yaml")
    needle = row.needles[0]  # type: ignore[attr-defined]
    alone = type(table)((row,), table.placeholders, table.doubted_in)  # type: ignore[arg-type]

    def cost(size: int) -> float:
        unit = f"{needle.upper()}{needle}{tail}"
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        list(secrets_in("a.env", text, alone, KINDS))
        return time.process_time() - start

    small = max(min(cost(50_000) for _ in range(2)), 0.002)
    assert cost(1_000_000) < 100 * small  # 20 times the text; a quadratic pattern costs 400 times


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("(", "not a valid regular expression"),
        ("(?P<secret>(a+)+)", "exponential"),
        ("abc", "secret"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_named_with_its_line(
    pattern: str, fault: str, tmp_path: Path
) -> None:
    text = f"patterns:\n  bad:\n    says: x\n    needles: [abc]\n    pattern: '{pattern}'\n"
    raw = f"{text}    severity: high\n    confidence: 0.5\n".encode()
    with pytest.raises(ConfigInvalid, match=rf"rules/secrets.yaml:5: .*{fault}"):
        parse_patterns(raw, "rules/secrets.yaml")
