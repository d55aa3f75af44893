# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# How keys go together is in data/catalogue_validate/efs.yml, what follows from them in data/catalogue_plan/efs.yml.

from __future__ import annotations

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import catalogue_efs
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import Unfit


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("eu-west-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-northwest-1", "amazonaws.com.cn"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_every_partition_has_a_suffix_of_its_own(region, suffix):
    assert catalogue_efs.read_region(region) == region
    assert catalogue_efs.find_dns_name("fs-1234abcd", region) == f"fs-1234abcd.efs.{region}.{suffix}"


@pytest.mark.parametrize(
    ("read", "right"),
    [
        (catalogue_efs.read_file_system_id, "fs-1234abcd"),
        (catalogue_efs.read_file_system_id, "fs-0123456789abcdef0"),
        (catalogue_efs.read_access_point, "fsap-0123456789abcdef0"),
    ],
)
def test_ids_are_taken_as_aws_writes_them(read, right):
    assert read(right) == right


@pytest.mark.parametrize(
    ("read", "wrong", "what"),
    [
        (catalogue_efs.read_file_system_id, "fsap-1234abcd", "'fsap-1234abcd' is no id of a file system"),
        (catalogue_efs.read_file_system_id, "fs-1234abcd:/", "'fs-1234abcd:/' is no id of a file system"),
        (catalogue_efs.read_file_system_id, ["fs-1234abcd"], "a list is no id of a file system"),
        (catalogue_efs.read_access_point, "fsap-xyz", "'fsap-xyz' is no id of an access point"),
        (catalogue_efs.read_region, "eu-west-1a", "'eu-west-1a' is no region of AWS"),
    ],
)
def test_others_are_refused(read, wrong, what):
    with pytest.raises(Unfit, match=what.replace("[", r"\[")):
        read(wrong)
