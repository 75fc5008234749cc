"""Where a change lives, and how its forge is written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from synapse_bot.domain.diff import Side
from synapse_bot.domain.errors import GitFailed, NotARepository
from synapse_bot.forge.local import LocalForge
from synapse_bot.forge.patch import PatchForge
from synapse_bot.forge.revisions import Range, Staged

if TYPE_CHECKING:
    from synapse_bot.domain.change import Change
    from synapse_bot.domain.finding import Location
    from synapse_bot.forge.base import Forge
    from synapse_bot.runtime.publish import Outlet
    from synapse_bot.runtime.request import Asked, Host, Remote


def open_forge(asked: Asked, host: Host) -> Forge:
    """The forge that holds the change. Raises NotARepository unless a patch was given."""
    if asked.remote is not None:
        return open_remote(asked.remote, asked.start, host)
    if asked.diff is None:
        selector = Staged() if asked.staged else Range(asked.base, asked.head)
        index = {"GIT_INDEX_FILE": host.index_file} if asked.staged and host.index_file else {}
        return LocalForge.open(asked.start, selector, environ=host.for_git() | index)
    return PatchForge(asked.diff, asked.diff_name, open_repository(asked.start, host))


def open_remote(remote: Remote, start: Path, host: Host) -> Forge:
    """The pull or merge request, whose diff comes from the repository at hand where it can."""
    from synapse_bot.forge.transport import transport_of

    def checkout(selector: Range) -> LocalForge:
        return LocalForge.open(start, selector, environ=host.for_git())

    transport = transport_of(remote.transport)
    match remote.forge:
        case "github":
            from synapse_bot.forge.github import open_github
            from synapse_bot.forge.github_calls import PullPlace

            place = PullPlace(remote.repository, remote.number)
            return open_github(
                place,
                remote.token,
                transport=transport,
                api_url=remote.api_url,
                checkout=checkout,
            )
        case "gitlab":
            from synapse_bot.forge.gitlab import open_gitlab
            from synapse_bot.forge.gitlab_api import GitLabPlace, TokenKind

            kind = TokenKind.JOB if remote.job_token else TokenKind.ACCESS
            return open_gitlab(
                GitLabPlace(
                    remote.api_url,
                    remote.repository,
                    remote.number,
                    remote.token,
                    kind if remote.token else TokenKind.NONE,
                    remote.known,
                ),
                transport=transport,
                open_local=checkout,
            )


def open_outlet(remote: Remote, change: Change) -> Outlet:
    """How the forge of ``remote`` is written to."""
    from synapse_bot.report.suggestion import Dialect
    from synapse_bot.runtime.publish import Outlet

    blob = "blob" if remote.forge == "github" else "-/blob"
    lead = f"{remote.server_url.rstrip('/')}/{change.repository}/{blob}/{change.head}"

    def link(location: Location) -> str | None:
        if location.side is not Side.NEW or not change.head:
            return None
        last = location.end_line
        end = f"-{'L' if remote.forge == 'github' else ''}{last}"
        lines = f"#L{location.start_line}{end if last > location.start_line else ''}"
        return f"{lead}/{quote(location.path)}{lines}"

    return Outlet(Dialect(remote.forge), link)


def open_repository(start: Path, host: Host) -> LocalForge | None:
    """The repository around ``start``, None where there is none that git would read."""
    try:
        return LocalForge.open(start, Range(None, None), environ=host.for_git())
    except (NotARepository, GitFailed):
        return None
