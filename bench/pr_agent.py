"""PR-Agent beside us: the same repositories, the same fake model, where it is installed.

It needs Python 3.12 and an environment of its own:

    uv venv --python 3.12 /tmp/pr-agent && uv pip install --python /tmp/pr-agent pr-agent==0.49.0
    python bench/speed.py --pr-agent /tmp/pr-agent/bin/pr-agent
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODEL = "gpt-4o"
# The least that it takes for a review.
ANSWER = """```yaml
review:
  estimated_effort_to_review_[1-5]: |
    2
  relevant_tests: |
    No
  key_issues_to_review: []
  security_concerns: |
    No
```"""
_FILE = re.compile(rb"## File: '(pkg/module_\d{3}\.py)'")  # others are listed by name alone


@dataclass(frozen=True, slots=True)
class Contender:
    """An installed PR-Agent. ``program`` is the path of its console script."""

    program: Path

    @property
    def version(self) -> str:
        code = "from importlib.metadata import version; print(version('pr-agent'))"
        return self._python(code)

    def argv(self) -> list[str]:
        return [str(self.program), "--pr_url", "main", "review"]

    def environ(self, base_url: str) -> dict[str, str]:
        """Its vocabularies come with litellm: none is fetched, and neither are prices."""
        code = "import importlib.util as u; print(u.find_spec('litellm').origin)"
        tokenizers = Path(self._python(code)).parent / "litellm_core_utils" / "tokenizers"
        return {
            "CONFIG__GIT_PROVIDER": "local",
            "CONFIG__MODEL": MODEL,
            "CONFIG__FALLBACK_MODELS": "[]",
            "OPENAI__KEY": "sk-bench",
            "OPENAI__API_BASE": base_url,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "TIKTOKEN_CACHE_DIR": str(tokenizers),
            "CUSTOM_TIKTOKEN_CACHE_DIR": str(tokenizers),
        }

    def _python(self, code: str) -> str:
        python = str(self.program.parent / "python")
        return subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()


def files_in(prompt: bytes) -> int:
    """Of how many files of a sample repository the model was shown the changes."""
    return len(set(_FILE.findall(prompt)))
