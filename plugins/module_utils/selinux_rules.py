# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Local file context rules of SELinux: parse, render and validate them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ansible_collections.holdfast.volumes.plugins.module_utils.host import HostError

# Letter as semanage(8) takes it -> field of file_contexts(5).
FTYPES = {"a": "", "f": "--", "d": "-d", "c": "-c", "b": "-b", "s": "-s", "l": "-l", "p": "-p"}
_LETTERS = {field: letter for letter, field in FTYPES.items()}
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
# s0   s0:c12,c500   s0:c1.c5,c9
_LEVEL = re.compile(r"s\d+(?::c\d+(?:[.,]c\d+)*)?")
_CATEGORIES = 1024


@dataclass(frozen=True)
class Rule:
    """One line of file_contexts.local: regular expression, kind of file (letter of FTYPES) and full context."""

    target: str
    ftype: str
    context: str

    @property
    def key(self) -> tuple[str, str]:
        """What the policy store tells rules apart by."""
        return (self.target, self.ftype)

    @property
    def prefix(self) -> str:
        """The path below which the rule can match anything."""
        return find_prefix(self.target)

    def covers(self, path: str, kind: str) -> bool:
        """Whether the rule is about ``path``, a ``kind`` of host.FileState."""
        wanted = {"f": "file", "d": "directory", "l": "link"}.get(self.ftype, kind)
        return kind == wanted and re.fullmatch(self.target, path) is not None


def parse(text: str) -> list[Rule]:
    """Rules of a file_contexts.local in its order, in which the last match wins; see file_contexts(5)."""
    rules = []
    for line in text.splitlines():
        # /srv/local/data(/.*)?    system_u:object_r:container_file_t:s0:c1,c2
        # /usr/lib/podman/.* -- system_u:object_r:bin_t:s0
        fields = line.split()
        if len(fields) in (2, 3) and not line.lstrip().startswith("#"):
            field = fields[1] if len(fields) == 3 else ""
            rules.append(Rule(fields[0], _LETTERS.get(field, field), fields[-1]))
    return rules


def render(rules: list[Rule]) -> str:
    """The lines that parse() reads."""
    return "".join(f"{' '.join(filter(None, (r.target, FTYPES[r.ftype], r.context)))}\n" for r in rules)


def make_rule(target: str, setype: str, level: str, ftype: str = "a") -> Rule:
    """A validated rule. Raises HostError that names the target and the way out."""
    if _TYPE.fullmatch(setype) is None:
        raise HostError(f"file context {target!r}: {setype!r} is no SELinux type; write one such as container_file_t")
    if ftype not in FTYPES:
        raise HostError(f"file context {target!r}: ftype {ftype!r} is unknown; write one of {', '.join(FTYPES)}")
    try:
        parse_level(level)
    except ValueError as error:
        raise HostError(f"file context {target!r}: {error}; write one such as s0:c12,c500") from error
    _check_target(target)
    return Rule(target, ftype, f"system_u:object_r:{setype}:{level}")


def _check_target(target: str) -> None:
    reason = ""
    if not target.startswith("/") or re.search(r"\s", target):
        reason = "is no absolute path without white space"
    elif target.endswith("/"):
        reason = "ends in a slash, so it matches nothing"
    else:
        try:
            re.compile(target)
        except re.error as error:
            reason = f"is no regular expression ({error})"
    if not reason and find_prefix(target) in ("", "/"):
        reason = "could match the whole file system"
    if reason:
        raise HostError(f"file context {target!r} {reason}; write one such as /srv/local/data(/.*)?")


@cache
def find_prefix(target: str) -> str:
    """The literal path that a target starts with: ``/srv/data(/.*)?`` -> ``/srv/data``, ``/usr/x/.*`` -> ``/usr/x``."""
    literal = ""
    rest = target
    while rest:
        if rest[0] == "\\" and len(rest) > 1:
            literal, rest = literal + rest[1], rest[2:]
        elif rest[0] in "^$?*+|[({" or re.match(r"\.[*+?{]", rest):
            break
        else:
            # A dot of a file name is seldom escaped: only one with a quantifier ends the path.
            literal, rest = literal + rest[0], rest[1:]
    if rest and not rest.startswith("(/"):
        literal = literal.rpartition("/")[0]
    return literal.rstrip("/") or "/"


def parse_level(text: str) -> list[tuple[str, frozenset[int]]]:
    """Sensitivity and categories of a level, one pair for each end of a range. Raises ValueError."""
    ends = []
    for end in text.split("-"):
        if _LEVEL.fullmatch(end) is None:
            raise ValueError(f"{text!r} is no SELinux level")
        sensitivity, dummy, categories = end.partition(":")
        ends.append((sensitivity, _expand(categories)))
    return ends


def _expand(categories: str) -> frozenset[int]:
    numbers: set[int] = set()
    for part in filter(None, categories.split(",")):
        bounds = [int(name[1:]) for name in part.split(".")]
        if bounds[-1] >= _CATEGORIES or bounds != sorted(set(bounds)):
            raise ValueError(f"categories {categories!r} are not ascending ones below c{_CATEGORIES}")
        numbers.update(range(bounds[0], bounds[-1] + 1))
    return frozenset(numbers)


def is_same_label(one: str, other: str) -> bool:
    """Whether two contexts agree in type and level, however the categories are written."""
    try:
        return [_split(one)] == [_split(other)]
    except ValueError:
        return one == other


def _split(context: str) -> tuple[str, list[tuple[str, frozenset[int]]]]:
    # system_u:object_r:container_file_t:s0:c1,c2
    dummy_user, dummy_role, setype, level = context.split(":", 3)
    return setype, parse_level(level)
