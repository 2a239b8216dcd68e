"""What steps may rely on from the image registry: the fake, and the adapter on moto's ECR."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from slipway.adapters.ecr import EcrRegistry
from slipway.domain.admission import Finding, Scan, ScanState, Severity
from slipway.ports import Registry
from tests.contract.account import account
from tests.fakes.control_plane import BAD, BETTER, GOOD
from tests.fakes.world import FakeRegistry
from twin.aws import findings
from twin.corrections.patching import Patches

APP, ACCOUNT = "sample-app", "123456789012"


@dataclass
class Images:
    registry: Registry
    push: Callable[[str], str]
    """As a build does: the digest of the image that it tagged with the commit."""
    folder: Path
    """Of the stack whose `findings.json` the scanner reads."""


def manifest(commit: str) -> str:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 1, "digest": f"sha256:{hashlib.sha256(commit.encode()).hexdigest()}"}
    config = {**layer, "mediaType": "application/vnd.oci.image.config.v1+json"}
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [layer]})


@pytest.fixture(params=["fake", "ecr"])
def images(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Images]:
    if request.param == "fake":
        fake = FakeRegistry()
        yield Images(fake, lambda commit: fake.digests.setdefault(commit, f"sha256:{commit}"), tmp_path)
        return
    with account(monkeypatch):
        ecr = boto3.client("ecr")
        ecr.create_repository(repositoryName=APP, imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True})
        ecr.create_repository(repositoryName="unscanned", imageTagMutability="IMMUTABLE")
        patches = Patches()
        findings.attach(tmp_path, patches)

        def push(commit: str) -> str:
            return ecr.put_image(repositoryName=APP, imageManifest=manifest(commit), imageTag=commit)["image"]["imageId"]["imageDigest"]

        yield Images(EcrRegistry(ACCOUNT), push, tmp_path)
        patches.undo()


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


def test_an_image_against_which_nothing_is_known_is_scanned_without_findings(images: Images) -> None:
    assert images.registry.scan(APP, images.push(GOOD)) == Scan(ScanState.FINISHED)


ecr_only = pytest.mark.parametrize("images", ["ecr"], indirect=True)


@ecr_only
@pytest.mark.parametrize(
    ("told", "scan"),
    [
        ({"seconds": 3600}, Scan(ScanState.UNFINISHED)),
        ({"status": "PENDING"}, Scan(ScanState.UNFINISHED)),
        ({"status": "UNSUPPORTED_IMAGE", "description": "no OS"}, Scan(ScanState.IMPOSSIBLE, reason="UNSUPPORTED_IMAGE: no OS")),
        ({"status": "A_NEW_ONE", "description": ""}, Scan(ScanState.IMPOSSIBLE, reason="A_NEW_ONE")),
        ({"findings": [{"name": "CVE-1", "severity": "UNTRIAGED"}]}, Scan(ScanState.FINISHED, (Finding(("CVE-1",), "the image", Severity.UNDEFINED),))),
    ],
)
def test_the_registrys_words_are_understood(images: Images, told: dict[str, Any], scan: Scan) -> None:
    (images.folder / findings.FILE).write_text(json.dumps({"images": {APP: told}}))
    assert images.registry.scan(APP, images.push(GOOD)) == scan


@ecr_only
def test_a_finding_names_its_package_and_version(images: Images) -> None:
    attributes = [{"key": "package_name", "value": "openssl"}, {"key": "package_version", "value": "3.0.1"}]
    finding = {"name": "CVE-2026-1", "severity": "HIGH", "attributes": attributes}
    (images.folder / findings.FILE).write_text(json.dumps({"images": {APP: {"findings": [finding]}}}))
    assert images.registry.scan(APP, images.push(GOOD)).findings == (Finding(("CVE-2026-1",), "openssl 3.0.1", Severity.HIGH),)


@ecr_only
def test_a_scan_that_the_registry_does_not_know_of_is_unfinished(images: Images) -> None:
    boto3.client("ecr").put_image(repositoryName="unscanned", imageManifest=manifest(GOOD), imageTag=GOOD)
    assert images.registry.scan("unscanned", images.registry.digest("unscanned", GOOD)).state is ScanState.UNFINISHED


def test_inspectors_findings_count_while_they_are_active(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded form: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EnhancedImageScanFinding.html"""
    package = {"name": "openssl", "version": "3.0.1", "fixedInVersion": "3.0.2"}
    active = {"severity": "CRITICAL", "status": "ACTIVE", "title": "CVE-2026-1 - openssl"}
    active["packageVulnerabilityDetails"] = {"vulnerabilityId": "CVE-2026-1", "relatedVulnerabilities": ["GHSA-1"], "vulnerablePackages": [package]}
    answer = {"imageScanStatus": {"status": "ACTIVE"}, "imageScanFindings": {"enhancedFindings": [active, {**active, "status": "SUPPRESSED"}]}}
    with account(monkeypatch):
        registry = EcrRegistry(ACCOUNT)
        with Stubber(registry._client) as stubber:
            stubber.add_response("describe_image_scan_findings", answer)
            found = registry.scan(APP, "sha256:1").findings
    assert found == (Finding(("CVE-2026-1", "GHSA-1"), "openssl 3.0.1", Severity.CRITICAL, "3.0.2"),)
