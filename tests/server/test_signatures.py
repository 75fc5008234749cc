"""What proves a delivery, and what does not. The vectors are those that the standards publish."""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import sha256

import pytest

from synapse_bot.server.signatures import (
    REPLAY_WINDOW_S,
    Proven,
    Secret,
    Unproven,
    prove_github,
    prove_gitlab,
    sign_standard,
    signing_key,
)

BODY = b'{"object_kind": "note"}'
NOW = 1_900_000_000
OLD, NEW = Secret("the old secret of GitHub"), Secret("the new secret of GitHub")


def _token(text: bytes) -> Secret:
    return Secret("whsec_" + b64encode(text.ljust(32, b".")).decode())


def _signed(secret: Secret, *, body: bytes = BODY, at: int = NOW) -> dict[str, str]:
    signature = sign_standard(secret.text, b"msg_1.%d." % at + body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}


def test_github_s_own_example_is_proven() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = {"x-hub-signature-256": f"sha256={digest}"}
    secret = Secret("It's a Secret to Everybody")
    assert isinstance(prove_github([secret], headers, b"Hello, World!"), Proven)
    assert isinstance(prove_github([secret], headers, b"Hello, World?"), Unproven)


def test_standard_webhooks_own_example_is_proven() -> None:
    """https://github.com/standard-webhooks/standard-webhooks: the vector of its libraries"""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body = b'{"test": 2432232314}'
    assert isinstance(prove_gitlab([secret], [], headers, body, 1614265331), Proven)


@pytest.mark.parametrize("used", [OLD, NEW])
def test_while_a_secret_is_replaced_both_prove(used: Secret) -> None:
    digest = hmac.new(used.text.encode(), BODY, sha256).hexdigest()
    proof = prove_github([OLD, NEW], {"x-hub-signature-256": f"sha256={digest}"}, BODY)
    assert isinstance(proof, Proven)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        "0" * 64,
        "sha256=\udcff",
        "sha256=é",
    ],
)
def test_what_is_not_the_signature_proves_nothing(given: str) -> None:
    assert isinstance(prove_github([OLD], {"x-hub-signature-256": given}, BODY), Unproven)


def test_the_older_sha1_signature_is_not_looked_at() -> None:
    digest = hmac.new(OLD.text.encode(), BODY, "sha1").hexdigest()
    assert isinstance(prove_github([OLD], {"x-hub-signature": f"sha1={digest}"}, BODY), Unproven)


def test_without_a_secret_nothing_is_proven() -> None:
    empty = hmac.new(b"", BODY, sha256).hexdigest()
    headers = {"x-hub-signature-256": f"sha256={empty}"}
    assert isinstance(prove_github([], headers, BODY), Unproven)
    assert isinstance(prove_gitlab([], [], {"x-gitlab-token": ""}, BODY, NOW), Unproven)


@pytest.mark.parametrize("late_s", [-REPLAY_WINDOW_S, 0, REPLAY_WINDOW_S])
def test_a_signed_time_near_our_clock_is_taken(late_s: float) -> None:
    token = _token(b"a")
    assert isinstance(prove_gitlab([token], [], _signed(token), BODY, NOW + late_s), Proven)


@pytest.mark.parametrize("late_s", [-REPLAY_WINDOW_S - 1, REPLAY_WINDOW_S + 1, 86_400])
def test_a_replay_after_its_time_is_refused_though_its_signature_is_right(late_s: float) -> None:
    token = _token(b"a")
    proof = prove_gitlab([token], [], _signed(token), BODY, NOW + late_s)
    assert isinstance(proof, Unproven)
    assert "time" in proof.why


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp"])
def test_the_signature_covers_id_and_time(changed: str) -> None:
    token = _token(b"a")
    headers = _signed(token) | {changed: str(NOW + 1)}
    assert isinstance(prove_gitlab([token], [], headers, BODY, NOW), Unproven)


@pytest.mark.parametrize("stamp", ["", "-1", "1e9", "²", "٣", "9" * 40, "NaN"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    token = _token(b"a")
    headers = _signed(token) | {"webhook-timestamp": stamp}
    assert isinstance(prove_gitlab([token], [], headers, BODY, NOW), Unproven)


def test_one_of_several_signatures_is_enough() -> None:
    mine, other = _token(b"a"), _token(b"b")
    both = f"{_signed(other)['webhook-signature']} {_signed(mine)['webhook-signature']}"
    headers = _signed(mine) | {"webhook-signature": both}
    assert isinstance(prove_gitlab([mine], [], headers, BODY, NOW), Proven)


def test_a_wrong_signature_is_not_saved_by_a_right_token_in_plain() -> None:
    token, plain = _token(b"a"), Secret("the-token-in-plain")
    headers = _signed(_token(b"b")) | {"x-gitlab-token": plain.text}
    assert isinstance(prove_gitlab([token], [plain], headers, BODY, NOW), Unproven)
    assert isinstance(
        prove_gitlab([token], [plain], {"x-gitlab-token": plain.text}, BODY, NOW), Proven
    )


def test_a_signed_delivery_without_a_token_of_ours_says_what_to_set() -> None:
    proof = prove_gitlab([], [Secret("the-token-in-plain")], _signed(_token(b"a")), BODY, NOW)
    assert isinstance(proof, Unproven)
    assert "signing token" in proof.why


def test_a_secret_proves_its_own_tenant_s_events_alone() -> None:
    ours = Secret(OLD.text, "acme")
    digest = hmac.new(ours.text.encode(), BODY, sha256).hexdigest()
    proof = prove_github([ours, NEW], {"x-hub-signature-256": f"sha256={digest}"}, BODY)
    assert isinstance(proof, Proven)
    assert proof.allows("acme")
    assert not proof.allows("lab")


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_***", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_signing_token_that_is_none_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        signing_key(text)


def test_no_secret_is_in_what_is_printed() -> None:
    assert OLD.text not in repr(OLD)
