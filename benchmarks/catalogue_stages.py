"""Loads one inventory as Ansible does and prints, as JSON, what each stage of the plugin took: seconds of processor."""

from __future__ import annotations

import functools
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader

PLUGIN = "ansible_collections.holdfast.volumes.plugins.inventory.catalogue"
# Functions of the plugin's module by the stage that they are.
STAGES = {
    "read YAML": ("read_files",),
    "read values": ("read_catalogue",),
    "validate": ("plan_levels", "check_references", "check_engines", "check_fleet", "check_resources"),
    "plan": ("plan_hosts",),
    "render for reports": ("render_catalogue",),
}
FIND_FLEET = "find hosts and addresses"
REST = "set variables"


def main() -> None:
    """Load the inventory that the command line names."""
    init_plugin_loader()
    # The copy that Ansible will use: its loader puts a module in place of the package's own.
    plugin = importlib.import_module(PLUGIN)
    seconds: dict[str, float] = {}
    for stage, names in STAGES.items():
        for name in names:
            setattr(plugin, name, _timed(getattr(plugin, name), stage, seconds))
    whole: dict[str, float] = {}
    module = plugin.InventoryModule
    module._find_fleet = _timed(module._find_fleet, FIND_FLEET, seconds)
    module.parse = _timed(module.parse, "whole", whole)
    InventoryManager(loader=DataLoader(), sources=sys.argv[1:])
    json.dump({**seconds, REST: whole["whole"] - sum(seconds.values())}, sys.stdout)


def _timed(function: Callable[..., Any], stage: str, seconds: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        begin = time.process_time()
        try:
            return function(*arguments, **options)
        finally:
            seconds[stage] = seconds.get(stage, 0) + time.process_time() - begin

    return run


if __name__ == "__main__":
    main()
