"""Churn, fixes and owners of what a change touches: a bounded reading of git's log and blame.

The log names files only (trees are compared, contents are not), so that some hundred commits cost
some ten milliseconds. Blame is asked about the changed lines of files that were mended of late,
and no further back than the log was read.
"""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapse_bot.domain.diff import LineKind
from synapse_bot.domain.history import History
from synapse_bot.forge.owners import OWNERS_FILES, parse_owners
from synapse_bot.forge.quoting import path_bytes, render_path, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from synapse_bot.domain.diff import Diff, FileDiff
    from synapse_bot.forge.git import Git
    from synapse_bot.forge.owners import Owners

COMMITS = 300
_BLAMED_FILES = 2
_OFTEN = 2  # fixes from which a file's lines are worth a look: blame is what costs here
_BLAMED_RANGES = 50
_OWNERS_BYTES = 1_000_000
_MARK = b"\x01"
_LOG = (
    "log",
    f"--max-count={COMMITS}",
    "--no-merges",
    "--format=%x01%H %s",
    "--name-only",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-notes",
    "--no-color",
    "--no-relative",
)
_BLAME = ("blame", "--porcelain", "--no-textconv", "--no-progress")
_FIX = re.compile(
    rb"\b(?:fix|fixe[sd]|fixing|bug|bugs|bugfix|hotfix|regress\w{0,5}|revert|reverts|reverted"
    rb"|crash\w{0,4}|defect|vulnerab\w{0,6}|cve-\d[\d-]{0,20})\b",
    re.IGNORECASE,
)
_COSMETIC = re.compile(
    rb"\b(?:typos?|docs?|docstrings?|documentation|lint\w{0,4}|spelling|comments?|changelog"
    rb"|whitespace|formatting|links?|mypy|ruff|flake8|tests?|ci|build)\b",
    re.IGNORECASE,
)
# What is written anew with every change says nothing of defects: prose, data, locks.
_PROSE = re.compile(
    r"\.(?:md|mdx|rst|adoc|txt|lock|sum|json|ya?ml|toml|ini|cfg|csv|svg|po|snap|html|css)$"
    r"|(?:^|/)(?:CHANGE(?:S|LOG)|HISTORY|NEWS|AUTHORS|LICENSE|README)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    mends: bool
    paths: frozenset[str]


def read_history(git: Git, base: str, diff: Diff) -> History:
    """The history of what ``diff`` touches, up to the commit ``base``. Raises GitFailed."""
    commits = _commits(git.run(*_LOG, base, "--"))
    owned = _owners(git, base)
    code = (file for file in diff.files if not _PROSE.search(file.path))
    then = {file.old_path: file for file in code if file.old_path}
    touched = Counter(path for commit in commits for path in commit.paths & then.keys())
    fixes = Counter(
        path for commit in commits if commit.mends for path in commit.paths & then.keys()
    )
    most = fixes.most_common(_BLAMED_FILES)
    mended = [then[path] for path, count in most if count >= _OFTEN]
    return History(
        commits=len(commits),
        touched={then[path].path: count for path, count in touched.items()},
        fixes={then[path].path: count for path, count in fixes.items()},
        fixed_lines=_fixed_lines(git, base, commits, mended),
        owners=None if owned is None else {f.path: owned.of(f.path) for f in diff.files},
    )


def is_fix(subject: bytes) -> bool:
    """Whether a commit's subject says that it mends behaviour, not words or tools."""
    return bool(_FIX.search(subject)) and not _COSMETIC.search(subject)


def _commits(out: bytes) -> list[_Commit]:
    found = []
    for part in out.split(b"\n" + _MARK if out.startswith(_MARK) else _MARK):
        head, _, names = part.lstrip(_MARK).partition(b"\n")
        name, _, subject = head.partition(b" ")
        if name:
            paths = (render_path(unquote(line)) for line in names.split(b"\n") if line)
            found.append(
                _Commit(name.decode("ascii", "replace"), is_fix(subject), frozenset(paths))
            )
    return found


def _owners(git: Git, base: str) -> Owners | None:
    out = git.run("ls-tree", "-z", "--full-tree", base, "--", *OWNERS_FILES)
    ids = [line.partition(b"\t")[0].split(b" ")[2].decode() for line in out.split(b"\0") if line]
    for blob in git.blobs(ids[:1], _OWNERS_BYTES).values():
        return None if blob.content is None else parse_owners(blob.content)
    return None


def _fixed_lines(
    git: Git, base: str, commits: Iterable[_Commit], files: Iterable[FileDiff]
) -> Mapping[str, int]:
    """By path, how many of the lines that the change alters a fix has written last."""
    known = list(commits)
    fixes = {commit.id for commit in known if commit.mends}
    asked = [(file, ranges) for file in files if (ranges := _altered(file))]
    if not asked:
        return {}
    since = f"{known[-1].id}..{base}"

    def count(pair: tuple[FileDiff, list[str]]) -> int:
        file, ranges = pair
        where = path_bytes(file.old_path or "").decode("utf-8", "surrogateescape")
        done = git.attempt(*_BLAME, *ranges, since, "--", where)
        return sum(line.split(b" ", 1)[0].decode() in fixes for line in _blamed(done.out))

    with ThreadPoolExecutor(max_workers=2) as pool:
        counts = pool.map(count, asked)
        return {file.path: n for (file, _), n in zip(asked, counts, strict=True) if n}


def _altered(file: FileDiff) -> list[str]:
    """The removed lines of ``file`` as arguments of blame."""
    ranges: list[list[int]] = []
    for line in file.lines():
        if line.kind is LineKind.REMOVED and line.old is not None:
            if ranges and line.old == ranges[-1][1] + 1:
                ranges[-1][1] = line.old
            else:
                ranges.append([line.old, line.old])
    return [f"-L{first},{last}" for first, last in ranges[:_BLAMED_RANGES]]


_BLAMED = re.compile(rb"^[0-9a-f]{40,64} \d+ \d+(?: \d+)?$", re.MULTILINE)


def _blamed(out: bytes) -> list[bytes]:
    """One header for each blamed line. A line of code begins with a tab, and is none."""
    return _BLAMED.findall(out)
