# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stores on Amazon EFS: how one is found, what it is mounted with, and which keys of it go together."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import Catalogue, Place, Problems
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit, show
from ansible_collections.holdfast.volumes.plugins.module_utils.efs_tunnel import FILE_SYSTEM

# What AWS recommends: https://docs.aws.amazon.com/efs/latest/ug/mount-helper-setting.html
# The version is the store's, and _netdev stands in every mount unit.
RECOMMENDED = ("rsize=1048576", "wsize=1048576", "hard", "timeo=600", "retrans=2", "noresvport")
VERSION = "4.1"
ACCESS_POINT = re.compile(r"fsap-[0-9a-f]{8,40}")
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]")
# The names that the partitions of AWS end in, as amazon-efs-utils has them in dist/efs-utils.conf.
SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
}
HELPER = "amazon-efs-utils"
# The mount helper chooses the port of its tunnel, and always sets noresvport.
HELPER_OPTIONS = ("port", "resvport")


def read_file_system_id(value: Any) -> str:
    """The id of a file system."""
    return _read_id(value, FILE_SYSTEM, "a file system", "fs-")


def read_access_point(value: Any) -> str:
    """The id of an access point."""
    return _read_id(value, ACCESS_POINT, "an access point", "fsap-")


def _read_id(value: Any, pattern: re.Pattern[str], what: str, prefix: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unfit(
            f"{show(value)} is no id of {what}", f"write {prefix} and 8 to 40 hexadecimal digits, as AWS shows them"
        )
    return value


def read_region(value: Any) -> str:
    """A region of AWS; no availability zone."""
    if not isinstance(value, str) or not REGION.fullmatch(value):
        raise Unfit(f"{show(value)} is no region of AWS", "write its code, such as eu-west-1")
    return value


def find_dns_name(file_system_id: str, region: str) -> str:
    """The name of a file system's mount target in the zone of whoever asks."""
    suffix = next((suffix for prefix, suffix in SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com")
    return f"{file_system_id}.efs.{region}.{suffix}"


def plan_store(fields: dict[str, Any], place: Place, problems: Problems) -> dict[str, Any] | None:
    """The fields of the Store that the keys of one make; None when they do not go together."""
    before = len(problems.found)
    _check_address(fields, place, problems)
    if _is_helped(fields):
        _check_helper(fields, place, problems)
        check_options(fields["options"], place, problems)
    if len(problems.found) > before:
        return None
    name = fields["dns_name"] or find_dns_name(fields["file_system_id"], fields["region"])
    return {
        "path": fields["path"],
        "address": fields["address"] or name,
        "version": VERSION,
        "options": fields["options"],
        "file_system_id": fields["file_system_id"],
        "access_point": fields["access_point"],
        "helper_options": _plan_helper(fields),
    }


def _is_helped(fields: dict[str, Any]) -> bool:
    return bool(fields["tls"] or fields["iam"] or fields["access_point"])


def _plan_helper(fields: dict[str, Any]) -> tuple[str, ...]:
    options = (
        ("tls", fields["tls"]),
        ("iam", fields["iam"]),
        (f"accesspoint={fields['access_point']}", fields["access_point"]),
        (f"region={fields['region']}", True),
        (f"mounttargetip={fields['address']}", fields["address"]),
    )
    return tuple(option for option, wanted in options if wanted and fields["tls"])


def _check_address(fields: dict[str, Any], place: Place, problems: Problems) -> None:
    if fields["address"] and fields["dns_name"]:
        problems.add(
            place.at("dns_name"),
            "`address` says already where the file system is",
            "keep one of the two: the address of a mount target, or a name that leads to one",
        )
    elif fields["address"] or fields["dns_name"]:
        return
    elif not fields["file_system_id"]:
        problems.add(
            place.at("file_system_id"),
            "nothing says where the file system is",
            "add `file_system_id` and `region`, or else `dns_name`, or the `address` of a mount target",
        )
    elif not fields["region"]:
        problems.add(
            place.at("region"),
            "it is missing, and the file system's name has it in it",
            "add `region`, such as eu-west-1, or else `dns_name`, or the `address` of a mount target",
        )


def _check_helper(fields: dict[str, Any], place: Place, problems: Problems) -> None:
    for key in ("access_point", "iam"):
        if fields[key] and not fields["tls"]:
            problems.add(place.at(key), "it works through TLS only", f"add `tls: true`, or leave `{key}` out")
    if fields["dns_name"]:
        problems.add(
            place.at("dns_name"),
            f"{HELPER}, which `tls`, `iam` and `access_point` take, finds a file system by its id",
            "write `file_system_id` and `region` instead; `address` may name the mount target",
        )
    # Without an address a missing one is the business of _check_address.
    elif fields["address"]:
        for key in ("file_system_id", "region"):
            if not fields[key]:
                problems.add(
                    place.at(key),
                    f"it is missing, and {HELPER}, which `tls`, `iam` and `access_point` take, needs it",
                    f"add `{key}`; `address` then names the mount target",
                )


def check_volumes(catalogue: Catalogue, problems: Problems) -> None:
    """No volume of a store that is mounted through the helper asks for what the helper decides."""
    for volume in catalogue.volumes.values():
        store = catalogue.stores.get(volume.store)
        if store is not None and store.helper_options:
            check_options(volume.options, volume.place, problems)


def check_options(options: tuple[str, ...], place: Place, problems: Problems) -> None:
    """None of the options is the helper's to choose."""
    for option in options:
        if option.partition("=")[0] in HELPER_OPTIONS:
            problems.add(place.at("options"), f'the option "{option}" is chosen by {HELPER}', "leave it out")
