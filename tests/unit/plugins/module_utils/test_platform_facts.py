from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils import platform_facts
from ansible_collections.holdfast.volumes.plugins.module_utils.host import System

# As the distributions ship them; comments and further keys left out.
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n'
UBUNTU = 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n'
ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n'
RHEL = 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="10.0"\n'
ALMA = 'NAME="AlmaLinux"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n'
SUSE = 'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n'
CONFIG = "# SELINUX= can take one of these\nSELINUX=enforcing\nSELINUXTYPE=default\n"


def system(files, dnf="/usr/bin/dnf-3"):
    fake = create_autospec(System, instance=True)
    fake.read.side_effect = files.get
    fake.probe.side_effect = lambda question, *args: dnf
    return fake


@pytest.mark.parametrize(
    ("text", "family", "name", "major", "manager"),
    [
        (DEBIAN, "Debian", "Debian", "13", "apt"),
        (UBUNTU, "Debian", "Ubuntu", "24", "apt"),
        (ROCKY, "RedHat", "Rocky", "9", "dnf"),
        (RHEL, "RedHat", "RedHat", "10", "dnf"),
        (ALMA, "RedHat", "AlmaLinux", "9", "dnf"),
        (SUSE, "Opensuse-leap", "Opensuse-leap", "15", "unknown"),
    ],
)
def test_platforms_have_the_names_that_setup_gives_them(text, family, name, major, manager):
    facts = platform_facts.read(system({"/etc/os-release": text}))
    assert (facts["os_family"], facts["distribution"]) == (family, name)
    assert (facts["distribution_major_version"], facts["pkg_mgr"]) == (major, manager)


def test_dnf5_is_found_behind_its_link():
    assert platform_facts.read(system({"/etc/os-release": ROCKY}, "/usr/bin/dnf5"))["pkg_mgr"] == "dnf5"


def test_a_host_without_etc_os_release_has_the_other():
    assert platform_facts.read(system({"/usr/lib/os-release": DEBIAN}))["os_family"] == "Debian"
    assert platform_facts.read(system({}))["os_family"] == ""


@pytest.mark.parametrize(
    ("enforce", "config", "expected"),
    [
        (None, CONFIG, {"status": "disabled"}),
        (
            "1",
            CONFIG,
            {"status": "enabled", "mode": "enforcing", "config_mode": "enforcing", "type": "default"},
        ),
        (
            "0\n",
            "SELINUX=permissive\nSELINUXTYPE=targeted\n",
            {"status": "enabled", "mode": "permissive", "config_mode": "permissive", "type": "targeted"},
        ),
        ("1", "", {"status": "enabled", "mode": "enforcing", "config_mode": "unknown", "type": "unknown"}),
    ],
)
def test_selinux_is_what_kernel_and_configuration_say(enforce, config, expected):
    files = {platform_facts.ENFORCE: enforce, platform_facts.SELINUX_CONFIG: config}
    assert platform_facts.read(system({**files, "/etc/os-release": DEBIAN}))["selinux"] == expected


def test_values_lose_their_quotes_and_a_broken_line_stays():
    text = 'A="two words"\nB=\'it\'\nC="open\n# comment\nnonsense\nD=plain\n'
    assert platform_facts.parse_os_release(text) == {"A": "two words", "B": "it", "C": '"open', "D": "plain"}
