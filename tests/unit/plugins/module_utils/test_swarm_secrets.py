# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.holdfast.volumes.plugins.module_utils import swarm_secrets
from ansible_collections.holdfast.volumes.plugins.module_utils.swarm_secrets import Kept


def service(value):
    secret = SimpleNamespace(name="password", value=value)
    return SimpleNamespace(app="web", unit=SimpleNamespace(secrets=(secret,)))


def keep(number, value, app="web"):
    labels = swarm_secrets.render_labels(app, "password", value)
    name = swarm_secrets.render_name(app, "password", number)
    return {"ID": f"id{number}", "Spec": {"Name": name, "Labels": labels}}


def test_the_hash_tells_the_value_and_two_of_one_value_differ():
    one, two = keep(1, "hunter2"), keep(2, "hunter2")
    assert one["Spec"]["Labels"] != two["Spec"]["Labels"]
    assert "hunter2" not in str(one)
    (kept,) = swarm_secrets.parse([one])
    assert kept.has("hunter2")
    assert not kept.has("hunter3")


def test_the_one_with_the_wanted_value_is_chosen_else_the_next_number():
    kept = swarm_secrets.parse([keep(1, "old"), keep(2, "new"), keep(7, "other", app="shop")])
    assert swarm_secrets.choose(kept, [service("old")]) == {("web", "password"): "holdfast-web.password.1"}
    assert swarm_secrets.choose(kept, [service("newest")]) == {("web", "password"): "holdfast-web.password.3"}
    assert swarm_secrets.choose([], [service("first")]) == {("web", "password"): "holdfast-web.password.1"}


def test_those_of_others_are_not_ours():
    assert swarm_secrets.parse([{"ID": "x", "Spec": {"Name": "theirs", "Labels": None}}]) == []
    assert not Kept("x", "holdfast-web.password.1", "web", "password").has("")


def test_a_long_name_is_cut_and_stays_one_of_its_own():
    names = {swarm_secrets.render_name("a" * 54, f"orders-{number}", 12) for number in range(3)}
    assert len(names) == 3
    assert all(len(name) <= 64 and name.endswith(".12") for name in names)
