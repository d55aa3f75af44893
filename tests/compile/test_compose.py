"""Compose files and stacks through a parser of the Compose specification, which refuses what it does not know."""

from __future__ import annotations

import pytest
import yaml
from compose_spec import PyCompose


@pytest.mark.parametrize(("engine", "ending"), [("compose", "compose.yaml"), ("swarm", "stack.yaml")])
def test_every_file_is_a_compose_file(files, engine, ending):
    for path, text in files(engine, ending).items():
        parsed = PyCompose.from_yaml(text)
        parsed.validate_volumes()
        parsed.validate_secrets()
        services = yaml.safe_load(text)["services"]
        found = parsed.to_dict()["services"]
        assert set(found) == set(services), path
        for name, service in services.items():
            assert found[name]["image"] == service["image"]
            targets = [one["target"] for one in service.get("volumes", ())]
            assert [one["target"] for one in found[name].get("volumes", ())] == targets


@pytest.mark.parametrize("wrong", [{"read-only": True}, {"ports": [{"target": "web"}]}, {"volumes": [{"type": "nfs"}]}])
def test_the_parser_refuses_what_is_wrong(files, wrong):
    text = next(iter(files("compose", "compose.yaml").values()))
    document = yaml.safe_load(text)
    next(iter(document["services"].values())).update(wrong)
    with pytest.raises(ValueError):
        PyCompose.from_yaml(yaml.safe_dump(document))
