# Copyright: (c) 2026, holdfast.volumes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules that speak to AWS say about how."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  region:
    description: Code of the region of AWS.
    type: str
    required: true
  endpoint_url:
    description:
      - URL of the API, instead of that of AWS in the region.
      - The environment variable C(AWS_ENDPOINT_URL) is honoured too.
    type: str
    default: ""
  profile:
    description:
      - Named profile of AWS's own configuration files.
      - Without it the credentials are those that C(boto3) finds, in the environment, in these files or in the role of
        the machine.
    type: str
    default: ""
requirements:
  - boto3
"""
