# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where Docker is asked."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  docker_host:
    description: Where the daemon listens, on this host; of a swarm that of a manager.
    type: str
    default: unix:///run/docker.sock
  timeout:
    description: Seconds that the daemon may take for one answer.
    type: int
    default: 60
"""
