from __future__ import annotations

import time
import uuid
from hashlib import sha1, sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_bot.domain.fingerprint import fingerprint
from synapse_bot.domain.redaction import mask, redact, without_literals

# Built from parts, so that no scanner takes this file for a leak.
BODY = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG"
SECRETS = {
    "aws key id": "AKIA" + "IOSFODNN7EXAMPLE",
    "github classic": "ghp_" + BODY[:36],
    "github app": "ghs_" + BODY[:36],
    "github fine-grained": "github_pat_" + BODY[:22] + "_" + BODY,
    "gitlab": "glpat-" + BODY[:20],
    "gitlab job": "glcbt-64_" + BODY[:20],
    "slack bot": "xoxb-" + "123456789012-" + BODY[:24],
    "openai": "sk-proj-" + BODY,
    "openai legacy": "sk-" + BODY,
    "anthropic": "sk-ant-api03-" + BODY,
    "google": "AIza" + BODY[:35],
    "google oauth": "ya29." + BODY,
    "stripe": "sk_live_" + BODY[:24],
    "npm": "npm_" + BODY[:36],
    "pypi": "pypi-AgEIcHlwaS5vcmc" + BODY,
    "jwt": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0." + BODY[:43],
    "hugging face": "hf_" + BODY[:34],
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "token {} here",
        'x = "{}"',
        "url?a=1&b={}&c",
        "({})",
        "{},",
        "a\n{}\nb",
        "fix/a-{}",
        "my_{}",
    ],
)
def test_a_token_is_masked_wherever_it_stands(secret: str, around: str) -> None:
    shown = redact(around.format(secret))
    assert secret not in shown
    assert secret[4:] not in shown
    assert "****" in shown


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://user:s3cr3t-pass@host/x", "s3cr3t-pass"),
        ("git clone https://ghx-token-of-22-signs@host/x", "ghx-token-of-22-signs"),
        ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
        ("-H 'authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
        (r"{\"Authorization\": \"token 0123456789abc\"}", "0123456789abc"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "K7MDENG"),
        ("Possible hardcoded password: 'hunter2'", "hunter2"),
        ("DB_PASSWORD=Tr0ub4dor", "Tr0ub4dor"),
        ("Server=x;Password=Tr0ub4dor!;Timeout=3", "Tr0ub4dor"),
        ('"api_key": "q8Zk2Lr5Vb1Xw7"', "q8Zk2Lr5Vb1Xw7"),
        ("PRIVATE-TOKEN: q8Zk2Lr5Vb1Xw7Jm3", "q8Zk2Lr5Vb1Xw7Jm3"),
        ("https://hooks.slack.com/services/T000/B000/abcdefghij", "abcdefghij"),
    ],
)
def test_a_secret_given_away_by_its_surroundings_is_masked(text: str, secret: str) -> None:
    assert secret not in redact(text)


def test_a_private_key_goes_whole_even_without_its_end() -> None:
    begin = "-----BEGIN RSA " + "PRIVATE KEY-----"
    end = "-----END RSA " + "PRIVATE KEY-----"
    assert redact(f"a\n{begin}\nMIIEabc\n{end}\nb") == "a\n[private key ****]\nb"
    assert "MIIE" not in redact(f"{begin}\nMIIEabc")


@pytest.mark.parametrize(
    "text",
    [
        sha1(b"commit").hexdigest(),
        f"commit {sha256(b'x').hexdigest()}",
        str(uuid.UUID(int=7)),
        "token = request.headers['X-Token-Of-The-Request-1']",
        "secret = os.environ['SERVICE_SECRET_KEY_2']",
        "token = generate_secure_token_v2(user)",
        "password = get_password()",
        "password = args.password2",
        "The token: a word that the parser reads",
        "key: ${{ secrets.GITHUB_TOKEN }}",
        "api_key=$API_KEY_FROM_ENVIRONMENT_1",
        'tokenUrl: "https://login.example/oauth2/v1.0/token"',
        'secret: "kubernetes.io/service-account-token"',
        "token: getTokenFromRequestHeaders",
        "secret_file = '/run/secrets/db_password_1'",
        "ssh://git@host/path and https://host:8080/path",
        "mask-the-sk-words-in-a-hyphenated-name",
        "specialists/python-security.yaml:12",
        fingerprint("sql-injection", "app/db.py", "x = 1"),
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet="0123456789abcdef", min_size=7, max_size=64))
def test_no_hexadecimal_digest_is_a_secret(digest: str) -> None:
    assert redact(f"at {digest}: fine") == f"at {digest}: fine"


_PIECES = [*SECRETS.values(), "password=", "token: ", "'", '"', "://", "@", ":", " ", "\n", "****"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=12), max_size=8).map("".join))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text(max_size=60))
def test_a_mask_shows_at_most_four_characters_and_is_stable(secret: str) -> None:
    masked = mask(secret)
    assert masked.endswith("****")
    assert len(masked) <= 8
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "unit",
    ["secret=", "sk-", "eyJ", "://a:", "://", "-----BEGIN PRIVATE KEY-----", "authorization: ",
     'password="aaaaaa', "api_key : ", "token     ", "SG.aaaaaaaaaaaaaaaaa", "glpat-", "bearer a"],
)  # fmt: skip
def test_a_megabyte_made_to_be_slow_takes_time_in_proportion(unit: str) -> None:
    def cost(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        redact(text)
        return time.process_time() - start

    small = max(min(cost(50_000) for _ in range(3)), 0.002)
    assert cost(1_000_000) < 100 * small  # 20 times the text; a quadratic pattern costs 400 times


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('password = "hunter2"', 'password = "****"'),
        ("Possible password: 'correct horse battery'", "Possible password: 'corr****'"),
        ('f("ab", "long enough to keep four")', 'f("ab", "long****")'),
        ("no literal at all", "no literal at all"),
        ('key = "with \\" quote inside it"', 'key = "with****"'),
    ],
)  # fmt: skip
def test_a_quoted_literal_is_masked_whole(text: str, masked: str) -> None:
    assert without_literals(text) == masked
    assert without_literals(masked) == masked
