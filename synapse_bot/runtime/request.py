"""What is asked for, and of which machine: the two values that a door hands to wiring."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from synapse_bot.domain.change import Known

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Host:
    """This machine, as the door found it."""

    variables: Mapping[str, str]  # SYNAPSE_BOT__* alone
    home: Path
    cache: Path  # downloads and compiled declarations: may be deleted at any time
    state_home: str  # XDG_STATE_HOME, "" where unset
    user_config: Path
    search_path: str
    config_home: str = ""  # XDG_CONFIG_HOME, "" where unset
    index_file: str = ""  # GIT_INDEX_FILE of a hook, absolute: `git commit -a` stages elsewhere
    model_keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # by variable
    transport: Mapping[str, str] = field(default_factory=dict, repr=False)  # as Remote's

    def for_git(self) -> dict[str, str]:
        """All that git is told of the environment: where programs and the user's files are."""
        environ = {"PATH": self.search_path, "HOME": str(self.home)}
        return environ | ({"XDG_CONFIG_HOME": self.config_home} if self.config_home else {})


@dataclass(frozen=True, slots=True)
class Remote:
    """A pull or merge request. ``api_url`` and ``server_url`` are the instance's two addresses.

    ``transport`` holds the variables for certificates and proxies. ``job_token`` says that the
    token is GitLab's CI_JOB_TOKEN, which may read and not write.
    """

    forge: Literal["github", "gitlab"]
    number: int
    repository: str  # "owner/name"; GitLab's numeric id or "group/name"
    api_url: str
    server_url: str
    token: str = field(default="", repr=False)
    job_token: bool = False
    known: Known = field(default_factory=Known)
    transport: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked to have reviewed. All empty: the branch against its merge-base.

    ``options`` are the settings of the command line by dotted key; ``config_file`` is --config.
    """

    base: str | None = None
    head: str | None = None
    staged: bool = False
    diff: bytes | None = None
    diff_name: str = ""
    labels: tuple[str, ...] = ()
    intent: str = ""
    start: Path = Path()
    options: Mapping[str, object] = field(default_factory=dict)
    config_file: Path | None = None
    remote: Remote | None = None
    keep: bool = True  # whether answers of models may be kept for a later review
