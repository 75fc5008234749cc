"""What we answer to commands, beside explanations. Each text is short, and ends without a line end.

The marker comes first, then a line that says which comment is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synapse_bot.domain.command import MIN_ID, Word
from synapse_bot.domain.markers import encode
from synapse_bot.domain.review import Verdict
from synapse_bot.report import wording
from synapse_bot.report.addenda import ID_DIGITS
from synapse_bot.report.finding_markdown import place
from synapse_bot.report.redacted import redacted
from synapse_bot.report.sanitise import code, plain, prose, safe_url, without_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_bot.domain.negotiation import Claim
    from synapse_bot.domain.posting import Marker
    from synapse_bot.domain.review import Review
    from synapse_bot.report.base import Link

_COMMANDS = (
    ("review", "review the head now, and bring the comments up to date"),
    ("review full", "the same, taking nothing over from an earlier run"),
    ("explain ID", "the evidence, who said what, and how it came to its severity"),
    ("ignore ID reason", "take a finding out of sight on this request"),
    ("false-positive ID reason", "the same, where the finding is wrong"),
    ("help", "this list"),
)
_MOST_MATCHES = 8


def reply_body(marker: Marker, text: str, url: str) -> str:
    """The whole comment. ``url`` is of the comment that is answered, "" in its own thread."""
    address = safe_url(url)
    lead = f"[Asked here]({address}). " if address else ""
    return f"{encode(marker)}\n\n{without_commands(lead + text)}\n"


def help_text(why: str = "") -> str:
    """Every command; ``why`` (our own words) says what was wrong with the one that was given."""
    rows = [f"- {code(f'/synapse {usage}')}: {what}" for usage, what in _COMMANDS]
    lead = f"{why} These are the commands:" if why else "These are the commands:"
    tail = (
        f"An ID is the beginning of a finding's id, at least {MIN_ID} digits. A command is the "
        "first line of a comment by somebody who may write to the repository."
    )
    return "\n\n".join([lead, "\n".join(rows), tail])


def reviewed_text(review: Review, url: str, refused: Sequence[str] = ()) -> str:
    """The outcome of a review that was asked for. ``refused`` says what could not be posted."""
    head = code(review.change.head[:12])
    found = wording.severity_counts(review.claims) or "nothing found"
    reason = f" ({prose(review.reasons[0], 200)})" if review.reasons else ""
    shown = reason if review.verdict is not Verdict.PASS else ""
    address = safe_url(url)
    summary = f" [Summary]({address})." if address else ""
    inherited = review.inherited
    kept = ""
    if inherited:
        kept = f" {inherited.files} of {inherited.out_of} files as an earlier run examined them."
    rows = [f"- {prose(line, 300)}" for line in refused[:4]]
    text = f"Reviewed {head}: **{review.verdict}**{shown}; {found}.{kept}{summary}"
    return "\n\n".join([text, "\n".join(rows)]) if rows else text


def failed_text(why: str, hint: str = "") -> str:
    """A review that could not be made or posted."""
    advice = f" {wording.sentence(prose(hint, 300))}" if hint else ""
    return f"That did not work: {wording.sentence(prose(why, 300))}{advice}"


def unknown_text(id_: str, review: Review) -> str:
    """No finding has that id; ``id_`` is hex."""
    return (
        f"No finding of {code(review.change.head[:12])} has an id that begins with {code(id_)}. "
        "It may be fixed, or below the thresholds of what is shown."
    )


def ambiguous_text(matches: Sequence[Claim], link: Link | None) -> str:
    """Several findings have that id; their longer ones."""
    rows = [_row(claim, link) for claim in matches[:_MOST_MATCHES]]
    return "\n\n".join(["Several findings begin so. Give more digits:", "\n".join(rows)])


def dismissed_text(claim: Claim, word: Word, who: str, reason: str, *, resolved: bool) -> str:
    """What a dismissal does, and what it does not."""
    verb = "marked as a false positive" if word is Word.FALSE_POSITIVE else "ignored"
    thread = " Its thread is resolved." if resolved else ""
    return (
        f"{_name(claim)} is {verb} by {code(who, 80)}: {wording.sentence(prose(reason, 240))}"
        f"{thread}\n\nIt is not commented on again in this request, and the summary lists it "
        "apart. The verdict still counts it, since no comment can change a verdict. To silence it "
        f"for good, put the path under {_exclusion(claim)}."
    )


def refused_text(claim: Claim) -> str:
    """A critical secret is not taken out of sight."""
    return (
        f"{_name(claim)} stays in sight: it is a critical secret. Whoever can read the repository "
        "has it, also once the line is gone. Revoke it first. If it is none, put the path under "
        f"{_exclusion(claim)}, where an owner sees it."
    )


def log_name(login: str) -> str:
    """Somebody's login for a line of the log."""
    return plain(login, 60) or "somebody"


def _exclusion(claim: Claim) -> str:
    """The setting that keeps everybody who said it from the path."""
    keys = [code(f"specialists.{by}.exclude", 80) for by in claim.said_by[:4]]
    return f"{wording.listed(keys)} in {code('.synapse-bot.yml')} on the base branch"


def _name(claim: Claim) -> str:
    finding = redacted(claim).finding
    return f"{code(finding.fingerprint[:ID_DIGITS])} ({prose(wording.title_of(finding), 100)})"


def _row(claim: Claim, link: Link | None) -> str:
    finding = redacted(claim).finding
    return f"- {code(finding.fingerprint)} {place(finding.location, link)}"
