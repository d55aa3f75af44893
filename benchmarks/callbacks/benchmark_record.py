# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Record what a run of ansible-playbook did: its tasks, how long each took on a host, what modules it started."""

from __future__ import annotations

import json
import os
import time

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: benchmark_record
type: aggregate
short_description: Records tasks, modules and commands of a run for a benchmark
version_added: "1.0.0"
description:
  - Writes one line of JSON for each thing that happened to the file that E(HOLDFAST_BENCHMARK_RECORD) names.
  - For the benchmarks of this collection alone. It counts in the worker processes what they start on a host, by
    wrapping two functions of ansible-core that are not public.
requirements:
  - enabled in the configuration (callbacks_enabled)
author:
  - holdfast.volumes contributors (@holdfast)
"""


class CallbackModule(CallbackBase):
    """Lines have C(kind): task, result, module or command."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "benchmark_record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._path = os.environ.get("HOLDFAST_BENCHMARK_RECORD")
        if not self._path:
            self.disabled = True
            return
        self._started = {}
        # Workers are forked from this process, so they wrap nothing themselves.
        ActionBase._execute_module = _count_module(ActionBase._execute_module, self._write)
        ActionBase._low_level_execute_command = _count_command(ActionBase._low_level_execute_command, self._write)

    def _write(self, **entry):
        line = json.dumps({"at": time.time(), **entry}) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._write(kind="task", task=task._uuid, name=task.get_name(), action=task.action)

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_start(self, host, task):
        self._started[host.get_name(), task._uuid] = time.time()

    def _note(self, result, status):
        host, task = result.host.get_name(), result.task._uuid
        seconds = time.time() - self._started.get((host, task), time.time())
        self._write(kind="result", task=task, host=host, status=status, seconds=seconds)

    def v2_runner_on_ok(self, result):
        self._note(result, "changed" if result.result.get("changed") else "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note(result, "failed")

    def v2_runner_on_skipped(self, result):
        self._note(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self._note(result, "unreachable")


def _count_module(execute, write):
    def counted(self, module_name=None, *args, **kwargs):
        begin = time.time()
        try:
            return execute(self, module_name, *args, **kwargs)
        finally:
            host = (kwargs.get("task_vars") or {}).get("inventory_hostname", "")
            name = module_name or self._task.action
            write(kind="module", task=self._task._uuid, host=host, name=name, seconds=time.time() - begin)

    return counted


def _count_command(execute, write):
    def counted(self, *args, **kwargs):
        write(kind="command", task=self._task._uuid)
        return execute(self, *args, **kwargs)

    return counted
