"""What an expression of a template can bring into the page, by the names in it."""

from __future__ import annotations

import re
from enum import IntEnum


class Value(IntEnum):
    """The worst of its parts decides what an expression is."""

    CONSTANT = 0
    SAFE = 1  # a number, markup that another template made, or a value that was cleaned
    STORED = 2  # a text of unknown origin
    REQUEST = 3  # a part of the request


_MADE = re.compile(
    r"^\s*-?\s*(include|partial|render\w*|yield|super|content_for|link_to\w*|content_tag)\b"
)
LONGEST = 2_000  # characters of an expression that are read
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`")
_INSERTED = re.compile(r"[#$]\{([^{}]*)\}")
_NAME = re.compile(
    r"(?<![\w.:])@{0,2}[A-Za-z_$][\w$]*[!?]?(?:(?:\.|&\.|\?\.|->|::)[A-Za-z_]\w*[!?]?|\[:?\w+\])*(?!:[^:])"
)
_CONDITION = re.compile(r"\s(?:if|unless)\s.*", re.DOTALL)
_CLEANED = re.compile(
    r"(?i)(sanit|escape|purif|bleach|clean|strip_?tags|htmlspecialchars|encode(for|uri)|forhtml|"
    r"markdown|markeddown|linkif|auto_?link|simple_format|nl2br|json_script|striptags|urlencode|"
    r"\be\(|\bh\(|\bhtml_?safe_?json|to_?json|jsonify|JSON\.stringify|\|\s*(json|int|float|length|e|slugify)\b)"
)
_REQUEST = re.compile(
    r"^(params\b|cookies\b|param\.|paramvalues\.|cookie\."
    r"|(self\.)?request\.(args|form|values|cookies|get\b|post\b|query|params?\b|path\b|full_?path|url\b"
    r"|referr?er|headers|meta\b|user_agent|get(parameter|header|querystring|requesturi|cookies))"
    r"|req\.(query|body|params|cookies|headers|originalurl|url)|(ctx|\$route)\.(query|params)\b"
    r"|flash\.query\b)",
    re.IGNORECASE,
)
# Markup that the application itself makes: parts of a layout, forms, translations, icons.
_MARKUP = re.compile(
    r"(?i)^(yield|content_for|contents?|body|block|super|self|caller|include|partial|render\w*|layout\w*|"
    r"form\w*|field\w*|widget\w*|csrf\w*|t|_|gettext|ngettext|trans\w*|i18n\w*|l|link_to\w*|button_\w*|"
    r"content_tag|tag|image_tag|icon\w*|image|svg\w*|static|asset\w*|url_for|url|path|paginat\w*|styles?|scripts?|"
    r"nonce|messages\.\w+|settings\.\w+|config\.\w+|site\.\w+|page\.content|block\.super|javascript\w*|stylesheet\w*|"
    r"pageContext\S*contextPath|contextPath|ctx|base_?url|cspNonce\w*|raw|html_safe|safe|loop|forloop)$"
)
_LAST_SAFE = re.compile(
    r"(?i)(^|_|\.)(id|uuid|pk|count\w*|counter0?|index0?|idx|num\w*|total\w*|size|length|pages?|page_?number|year|"
    r"month|day|date\w*|time\w*|\w+_at|\w+_on|strftime|iso8601|version|lang\w*|locale|enabled|disabled|"
    r"is_\w+|has_\w+|\w+\?|to_[if]|svg|icon\w*|graph|chart|qr_?\w*|nonce|csrf\w*|token|price|amount|rank|score|"
    r"width|height|help_?texts?|legend|lat|lng|latitude|longitude|status|type|class\w*|state|html_attrs?|errors?|as_p|as_table|as_ul|as_div|media|karma|priority|"
    r"done|completed|flag|kind|mode|level|colou?r)$"
    r"|[a-z](Id|Count|Index|Total|Size|Length|Number|At|Path|Url)$"
)
_NUMBER = re.compile(r"\.(to_[if]|size|length|count|present\?|blank\?|any\?|empty\?)$")
_WORDS = frozenset(
    {
        *("if", "else", "unless", "end", "and", "or", "not", "in", "is", "do", "true", "false"),
        *("nil", "null", "none", "None", "True", "False", "undefined", "new", "typeof", "String"),
        *("raw", "html_safe", "safe", "default", "join", "map", "format", "each", "this", "to_s"),
    }
)


def judge(expression: str) -> Value:
    """The value of ``expression``; what is longer than anybody writes counts as stored."""
    text = _CONDITION.sub("", expression[:LONGEST])
    if _MADE.match(text) or _CLEANED.search(text):
        return Value.SAFE
    bare = _STRING.sub(_inserted, text)
    return max((_of_name(name) for name in _NAME.findall(bare)), default=Value.CONSTANT)


def _inserted(string: re.Match[str]) -> str:
    """Of a constant text, only what is put into it counts."""
    inner = " ".join(_INSERTED.findall(string[0])) if string[0][0] != "'" else ""
    return f" {inner} "


def _of_name(name: str) -> Value:
    name = name.lstrip("@$")
    if _NUMBER.search(name):
        return Value.SAFE
    if _REQUEST.match(name):
        return Value.REQUEST
    last = re.split(r"\.|->|::|\[", name)[-1].rstrip("]")
    first = re.split(r"[.\[?&-]", name)[0]
    if name in _WORDS or last.isupper():
        return Value.CONSTANT
    if _MARKUP.match(name) or _MARKUP.match(first + "(") or _LAST_SAFE.search(name):
        return Value.SAFE
    return Value.SAFE if _MARKUP.match(last) and last != first else Value.STORED
