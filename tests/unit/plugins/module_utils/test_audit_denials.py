# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.audit_denials import describe

CATALOGUE = {
    "apps": {"web": {"level": "s0:c1,c2"}, "web_docker": {"level": "s0:c1,c2"}, "plain": {"level": ""}},
    "volumes": {"logs": {"level": "s0:c1,c2"}, "rows": {"level": "s0:c3,c4"}},
}
DENIAL = {
    "time": 1732384000.1,
    "comm": "cat",
    "path": "rows",
    "scontext": "system_u:system_r:container_t:s0:c1,c2",
    "tcontext": "system_u:object_r:container_file_t:s0:c3,c4",
    "tclass": "dir",
    "permissions": ["search", "read"],
    "permissive": False,
    "count": 3,
}


def test_a_denial_is_told_with_the_names_of_the_catalogue():
    assert describe(DENIAL, CATALOGUE) == (
        "cat of the app web or web_docker was denied search, read of a directory of the volume rows (rows), 3 times, "
        "the last at 2024-11-23 17:46:40 UTC"
    )


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"count": 1, "path": ""}, "of the volume rows, once, at 2024-11-23 17:46:40 UTC"),
        ({"permissive": True}, "web_docker was not stopped, as SELinux only warns, from search, read of"),
        ({"scontext": "u:r:container_t:s0:c8,c9"}, "cat in u:r:container_t:s0:c8,c9 was"),
        ({"scontext": "u:r:podman_t:s0:c1,c2", "comm": ""}, "a program in u:r:podman_t:s0:c1,c2 was"),
        ({"tcontext": "u:object_r:shadow_t:s0"}, "of a directory in u:object_r:shadow_t:s0 (rows)"),
        (
            {"tcontext": "u:object_r:container_file_t:s0:c5,c6"},
            "of a directory in u:object_r:container_file_t:s0:c5,c6",
        ),
        ({"tcontext": "u:r:container_t:s0:c1,c2", "tclass": "process"}, "of process of the app web or web_docker"),
    ],
)
def test_what_the_catalogue_does_not_know_is_told_by_its_context(other, words):
    assert words in describe({**DENIAL, **other}, CATALOGUE)


def test_without_a_catalogue_contexts_are_told():
    assert describe(DENIAL, {}).startswith(f"cat in {DENIAL['scontext']} was denied")
