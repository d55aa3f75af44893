# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ``-v`` syntax of a binding: ``volume:/target[:ro|rw]``."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Binding, Place
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit, read_name, read_target

RELABEL_OPTIONS = ("z", "Z")


def parse_binding(text: str, place: Place) -> Binding:
    """The binding that ``site:/srv/www:ro`` asks for; raises Unfit."""
    words = text.split(":")
    if len(words) not in (2, 3):
        raise Unfit(f'"{text}" is no binding', 'write "volume:/target" or "volume:/target:ro"')
    if words[0].startswith(("/", ".", "~")):
        raise Unfit(
            f'"{words[0]}" is a path of the host, not a volume',
            "declare a store of type directory and a volume in it, and bind the volume",
        )
    if "/" in words[0]:
        raise Unfit(
            f'"{words[0]}" is no name of a volume',
            "for a directory inside a volume write a mapping with volume, target and subpath",
        )
    read_only = _read_access(words[2]) if len(words) == 3 else False
    return Binding(place, read_name(words[0]), read_target(words[1]), "", read_only)


def render_binding(binding: Binding) -> str:
    """The binding in ``-v`` syntax, a sub-path behind the volume's name."""
    source = f"{binding.volume}/{binding.subpath}" if binding.subpath else binding.volume
    return f"{source}:{binding.target}" + (":ro" if binding.read_only else "")


def _read_access(options: str) -> bool:
    words = options.split(",")
    relabel = [word for word in words if word in RELABEL_OPTIONS]
    if relabel:
        raise Unfit(
            f'the option "{relabel[0]}" relabels the volume: that fails on NFS and locks other containers out',
            "leave it out: every volume has its SELinux level already",
        )
    other = [word for word in words if word not in ("ro", "rw")]
    if other:
        raise Unfit(f'the option "{other[0]}" is not known', "use ro, rw or nothing")
    if len(set(words)) > 1:
        raise Unfit(f'the options "{options}" contradict each other', "use one of ro and rw")
    return words[0] == "ro"
