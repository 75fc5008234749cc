"""What can go wrong with a model. No text here ever holds a key."""

from __future__ import annotations

from typing import Literal

from synapse_bot.domain.errors import ExitCode, SynapseError
from synapse_bot.domain.usage import Usage

Resource = Literal["usd", "tokens", "seconds"]


class ModelError(SynapseError):
    """``usage`` is what the call cost: nothing where it was turned away, None where nobody knows.

    ``again`` says that the same request may well succeed, so it is tried again for a while.
    """

    exit_code = ExitCode.INCOMPLETE
    again = False

    def __init__(
        self, message: str, hint: str | None = None, *, usage: Usage | None = None
    ) -> None:
        super().__init__(message, hint)
        self.usage = usage


class ModelBusy(ModelError):
    """A rate limit or an outage that outlasted our patience; ``retry_after_s`` is its wish.

    ``down`` False is a provider that works and turned us away.
    """

    hint = "Run again later, or name a fallback model."
    again = True

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        usage: Usage | None = None,
        retry_after_s: float = 0.0,
        down: bool = True,
    ) -> None:
        super().__init__(message, hint, usage=usage)
        self.retry_after_s = retry_after_s
        self.down = down


class BreakerOpen(ModelBusy):
    """No call was made: the provider or the model has been failing, and is left alone."""

    hint = "`synapse-bot breakers list` shows it; name a fallback model of another provider."
    again = False  # the caller may have another model at once


class AnswerLate(ModelBusy):
    """No whole answer within ``timeout_s``."""

    hint = "Raise the time-out of the specialist, or name a faster model."
    again = False  # the time is used up


class ModelDenied(ModelError):
    """The provider refuses us: no key, a wrong one, or one that may not use this model."""

    hint = "Check the key of the provider, and that it may use this model."


class QuotaSpent(ModelDenied):
    """The account has no money or quota left: asking again does not help, another model may."""

    hint = "Top up the provider's account, or name a fallback model of another provider."


class LiveCallForbidden(ModelDenied):
    """A call to a real provider where only loopback is allowed."""

    hint = "Use a scripted model, a cassette or a server on loopback; in use, allow live calls."


class ModelFailed(ModelError):
    """The provider does not take the request, or answers what nobody can read."""

    hint = "Check the model's name and the provider's base URL."


class PromptTooLong(ModelFailed):
    """More than the model's context holds."""

    hint = "Give it less to read, or name a model with a larger context."


class AnswerCut(ModelFailed):
    """An answer that ends without saying why: it is not whole, whatever it looks like."""

    hint = "A proxy or the server broke it off; run again."
    again = True


class AnswerTooLarge(ModelFailed):
    """More bytes than any answer needs; the rest was not read."""

    hint = "Check what answers at the provider's base URL."


class AnswerTruncated(ModelError):
    """The answer reached ``max_output_tokens`` or the end of the context; ``usage`` was paid."""

    hint = "Raise the output limit of the specialist, or give it less to read."


class Refused(ModelError):
    """The model or a filter before it declines to answer; ``usage`` was paid."""

    hint = "Another model may answer; the files are listed as not reviewed."


class CassetteMiss(ModelFailed):
    """No recorded answer for this request."""

    hint = "Record it again: the prompt, the model or the schema has changed."


class BudgetSpent(SynapseError):
    """A call that would go over a limit. ``what`` ran out, of the budget named ``budget``."""

    hint = "Raise the limit, or review fewer files with a model."
    exit_code = ExitCode.INCOMPLETE

    def __init__(self, message: str, *, what: Resource, budget: str) -> None:
        super().__init__(message)
        self.what = what
        self.budget = budget
