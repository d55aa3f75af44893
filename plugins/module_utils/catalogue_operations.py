# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must hold for apps that are started on demand to be operated."""

from __future__ import annotations

from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_model import (
    App,
    Catalogue,
    Operation,
    Problems,
)
from ansible_collections.holdfast.volumes.plugins.module_utils.catalogue_values import is_deferred
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import find_faults


def check_operations(catalogue: Catalogue, problems: Problems) -> None:
    """Only what is started on demand has an end and operations, and operations only read."""
    for app in catalogue.apps.values():
        given = {"max_run_time": app.max_run_time, "ops": app.ops}
        for key in (key for key, value in given.items() if value and app.start != "on_demand"):
            problems.add(
                app.place.at(key), "this app starts at boot and runs on", "leave it out, or say `start: on_demand`"
            )
        if app.ops is not None:
            _check_operation(app, app.ops, problems)


def _check_operation(app: App, ops: Operation, problems: Problems) -> None:
    for binding in (binding for binding in app.bindings if not binding.read_only):
        problems.add(
            binding.place,
            f"the app has `ops`, and operations only read; this would write to the volume {binding.volume}",
            "bind it with :ro; what shall write has no `ops` and is told what to run",
        )
    words = ["known later"] if is_deferred(ops.run) or any(map(is_deferred, ops.run)) else ops.run
    paths = [] if is_deferred(ops.fetch) else [path for path in ops.fetch if not is_deferred(path)]
    for fault in find_faults(words, paths):
        problems.add(app.place.at("ops"), *fault.split("; ", 1))
