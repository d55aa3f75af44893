"""Every object against the published schemas of Kubernetes: a field that a version does not know is an error."""

from __future__ import annotations

import kubernetes_validate
import pytest
import yaml

VERSIONS = ("1.25", "1.28", "1.31", "1.34", "1.37")


def load(files):
    return [one for text in files.values() for one in yaml.safe_load_all(text)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("engine", ["kubernetes", "kubernetes-csi"])
def test_every_object_is_valid(files, engine, version):
    documents = load(files(engine, ".yaml"))
    kinds = {one["kind"] for one in documents}
    assert kinds >= {
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Deployment",
        "StatefulSet",
        "Job",
        "Service",
        "Secret",
    }
    for one in documents:
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_podman_plays_is_of_kubernetes_too(files, version):
    documents = load(files("kube-play", ".yaml"))
    assert {one["kind"] for one in documents} == {"Pod", "Secret"}
    for one in documents:
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_refuse_what_is_wrong(files, version):
    (volume, *_rest) = (one for one in load(files("kubernetes", "volumes.yaml")) if one["kind"] == "PersistentVolume")
    for wrong in ({"mountOption": []}, {"mountOptions": "hard"}, {"accessModes": None, "nfs": {"server": "a"}}):
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate({**volume, "spec": {**volume["spec"], **wrong}}, version, strict=True)
