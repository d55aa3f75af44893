from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.exports import (
    Export,
    ExportsError,
    canonical,
    find_missing,
    is_address,
    is_name,
    parse,
    render,
    render_line,
)

DATA = Path(__file__).parent / "data/exports"
# Written by hand in every form of exports(5), and what Debian 12's exportfs -ra made of it.
WRITTEN = parse((DATA / "nfs-utils-2.6.2.exports").read_text())
LOADED = parse((DATA / "nfs-utils-2.6.2.etab").read_text())


def export(host, *options, path="/srv/a"):
    return Export(path, host, canonical(options))


def test_every_form_of_the_manual_is_read():
    pairs = {(one.path, one.host): one.options for one in WRITTEN}
    assert len(pairs) == 8
    assert pairs["/srv/volumes/content", "10.77.0.0/24"] == ("no_subtree_check", "ro")
    assert pairs["/srv/volumes/with space", "2001:db8::1"] == ("no_subtree_check", "ro", "sync")
    assert pairs["/srv/volumes/with space", "2001:db8:1::/64"] == ("insecure", "no_subtree_check", "rw", "sync")
    assert pairs["/srv/volumes/secret", "*"] == (
        "anonuid=-2",
        "fsid=0",
        "insecure_locks",
        "mountpoint",
        "no_subtree_check",
        "sec=krb5:krb5p",
    )


def test_what_a_real_server_loaded_is_what_was_written():
    assert {(one.path, one.host) for one in WRITTEN} == {(one.path, one.host) for one in LOADED}
    assert find_missing(WRITTEN, LOADED) == []


def test_the_text_survives_a_round_trip():
    assert parse(render(WRITTEN)) == WRITTEN
    assert parse(render(LOADED)) == LOADED


@pytest.mark.parametrize("path", ["/srv/a b", '/srv/a"b', "/srv/a\\b", "/srv/a#b", "/srv/ä", "/srv/a(b)"])
def test_any_path_survives_a_round_trip(path):
    one = export("10.0.0.1", "rw", path=path)
    assert parse(render_line(one)) == [one]


def test_a_pending_text_has_the_same_exports_and_another_text():
    one = export("10.0.0.1", "rw")
    assert parse(render([one], pending=True)) == parse(render([one])) == [one]
    assert render([one], pending=True) != render([one])


def test_a_line_without_a_host_is_for_everybody_and_one_without_options_has_none():
    assert parse("/srv/a (rw)\n/srv/b 10.0.0.1") == [export("*", "rw"), export("10.0.0.1", path="/srv/b")]


def test_a_broken_line_is_named_by_its_number():
    with pytest.raises(ExportsError, match=r"line 2: 10\.0\.0\.1\(rw is no client"):
        parse("# first\n/srv/a 10.0.0.1(rw\n")


def test_order_and_other_spellings_of_options_make_no_difference():
    assert canonical(["rw", "mp=/x", "no_auth_nlm", "fsid=root"]) == canonical(
        ["fsid=0", "insecure_locks", "mountpoint=/x", "rw", "rw"]
    )


@pytest.mark.parametrize(
    ("wanted", "loaded"),
    [
        (["rw"], ["ro"]),
        ([], ["rw"]),
        (["rw"], ["rw", "all_squash"]),
        (["rw", "no_root_squash"], ["rw", "root_squash"]),
        (["rw", "anonuid=1000"], ["rw", "anonuid=65534"]),
        (["rw"], ["rw", "anonuid=1000"]),
        (["rw", "sec=krb5"], ["rw", "sec=sys"]),
        (["rw"], ["rw", "fsid=7"]),
        (["rw", "security_label"], ["rw"]),
        (["rw"], ["rw", "security_label"]),
        (["rw", "xprtsec=mtls"], ["rw"]),
    ],
)
def test_other_options_than_wanted_are_missing(wanted, loaded):
    one = export("10.0.0.1", *wanted)
    assert find_missing([one], [export("10.0.0.1", *loaded)]) == [one]
    assert find_missing([one], [one]) == []


@pytest.mark.parametrize("option", ["sync", "secure", "no_pnfs", "sec=sys", "anongid=65534", "xprtsec=none:tls:mtls"])
def test_what_the_server_fills_in_is_not_missing(option):
    assert find_missing([export("10.0.0.1", "rw")], [export("10.0.0.1", "rw", option)]) == []


def test_the_order_of_transports_has_no_meaning():
    one, other = export("10.0.0.1", "xprtsec=mtls:tls"), export("10.0.0.1", "xprtsec=tls:mtls")
    assert find_missing([one], [other]) == []


def test_a_name_stands_under_the_name_that_it_resolves_to():
    wanted = [export("app1", "rw"), export("app2", "rw")]
    assert find_missing(wanted, [export("app1.example.com", "rw"), export("app2.example.com", "rw")]) == []
    assert find_missing(wanted, [export("app1.example.com", "rw")]) == [export("app2", "rw")]
    assert find_missing([wanted[0]], [export("app1.example.com", "ro")]) == [wanted[0]]
    assert find_missing([wanted[0]], [export("app1.example.com", "rw", path="/srv/b")]) == [wanted[0]]


def test_an_address_stands_under_nothing_but_itself():
    wanted = [export("10.0.0.1", "rw")]
    assert find_missing(wanted, [export("app1.example.com", "rw")]) == wanted


def test_kinds_of_clients_are_told_apart():
    assert [host for host in ("10.0.0.1", "10.7.7.7/24", "::1", "10.0.0.0/255.0.0.0") if not is_address(host)] == []
    assert is_name("app1.example.com")
    assert not any(map(is_name, ("10.0.0.1", "*", "*.example.com", "@racks", "gss/krb5")))
