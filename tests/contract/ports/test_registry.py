"""What steps may rely on from the image registry: the fake, and the adapter on moto's ECR."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import pytest

from slipway.adapters.ecr import EcrRegistry
from slipway.ports import Registry
from tests.contract.account import account
from tests.fakes.control_plane import BAD, BETTER, GOOD
from tests.fakes.world import FakeRegistry

APP, ACCOUNT = "sample-app", "123456789012"


@dataclass
class Images:
    registry: Registry
    push: Callable[[str], str]
    """As a build does: the digest of the image that it tagged with the commit."""


def manifest(commit: str) -> str:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 1, "digest": f"sha256:{hashlib.sha256(commit.encode()).hexdigest()}"}
    config = {**layer, "mediaType": "application/vnd.oci.image.config.v1+json"}
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [layer]})


@pytest.fixture(params=["fake", "ecr"])
def images(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Images]:
    if request.param == "fake":
        fake = FakeRegistry()
        yield Images(fake, lambda commit: fake.digests.setdefault(commit, f"sha256:{commit}"))
        return
    with account(monkeypatch):
        ecr = boto3.client("ecr")
        ecr.create_repository(repositoryName=APP, imageTagMutability="IMMUTABLE")

        def push(commit: str) -> str:
            return ecr.put_image(repositoryName=APP, imageManifest=manifest(commit), imageTag=commit)["image"]["imageId"]["imageDigest"]

        yield Images(EcrRegistry(ACCOUNT), push)


def test_a_commit_has_the_digest_of_the_image_that_is_tagged_with_it(images: Images) -> None:
    digest = images.push(GOOD)
    assert (images.registry.digest(APP, GOOD), images.registry.digest(APP, BAD)) == (digest, "")


def test_an_image_can_be_another_commits_too_and_stays_the_first_ones(images: Images) -> None:
    digest = images.push(GOOD)
    assert images.registry.tag(APP, digest, BETTER)
    assert images.registry.tag(APP, digest, BETTER)
    assert images.registry.digest(APP, BETTER) == images.registry.digest(APP, GOOD) == digest


def test_a_commit_keeps_the_image_that_it_has(images: Images) -> None:
    digest, other = images.push(GOOD), images.push(BETTER)
    assert not images.registry.tag(APP, digest, BETTER)
    assert images.registry.digest(APP, BETTER) == other


def test_an_image_that_is_not_there_is_nobodys(images: Images) -> None:
    images.push(GOOD)
    assert not images.registry.tag(APP, "sha256:" + "9" * 64, BETTER)
    assert images.registry.digest(APP, BETTER) == ""


def test_a_repository_that_is_not_there_has_no_images(images: Images) -> None:
    assert not images.registry.tag("other", "sha256:" + "9" * 64, BETTER)
