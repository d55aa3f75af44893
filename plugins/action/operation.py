# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's half of the module operation: it writes what the host sends, and keeps it out of the result."""

from __future__ import annotations

import base64
import os
import posixpath
from typing import Any, Optional

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.holdfast.volumes.plugins.module_utils.operation_rules import OUTPUT


class ActionModule(ActionBase):
    """Run the module, then write its files below ``dest``."""

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """The result of the module, with where its files are instead of what they hold."""
        result = super().run(tmp, task_vars)
        del tmp
        result.update(self._execute_module(module_name="holdfast.volumes.operation", task_vars=task_vars))
        files = result.pop("files", [])
        if result.get("failed") or "rc" not in result:
            return result
        directory = os.path.expanduser(str(self._task.args["dest"]))
        try:
            result["files"] = [write_file(directory, one) for one in files]
            if result["stdout"]:
                replace(os.path.join(directory, OUTPUT), result["stdout"].encode())
        except OSError as error:
            raise AnsibleActionFail(
                f"the operation has ended and was put away, but {error.filename or directory} cannot be written: "
                f"{error.strerror}; choose another dest"
            ) from error
        return result


def write_file(directory: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Write one file as the module sends it ({path, size, sha256, content}); the same with ``dest`` for ``content``."""
    about = {key: value for key, value in sent.items() if key != "content"}
    about["dest"] = os.path.join(directory, posixpath.basename(sent["path"]))
    replace(about["dest"], base64.b64decode(sent["content"]))
    return about


def replace(path: str, content: bytes) -> None:
    """Give a file new content as a whole."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}.part"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
