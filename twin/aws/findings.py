"""What is known against the images and packages of a stack, as `findings.json` in its folder says; without the file, nothing is.

    {"images": {"sample-app": {"seconds": 3, "status": "COMPLETE", "findings": [{"name": "CVE-2026-1", "severity": "HIGH"}]}}, "advisories": [...]}

It is read at every question, so it can change while the stack runs. `images` goes by repository and stands in for ECR's scan on push, whose scanner would
find nothing to scan in images without an operating system: the status is IN_PROGRESS for `seconds` after the push, then `status` (COMPLETE) with `findings`
as https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html has them. `advisories` are records of OSV
(https://ossf.github.io/osv-schema/), which `twin.builder.advisories` answers pip-audit from. Left out: enhanced scanning, pages, scans by hand, limits.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto.ecr.exceptions import ScanNotFoundException
from moto.ecr.models import ECRBackend

from twin.corrections.patching import Patches

FILE = "findings.json"


def known(file: Path) -> Mapping[str, Any]:
    """The file's content, empty when there is none. ValueError when it isn't JSON."""
    found: Mapping[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def attach(state: Path, patches: Patches) -> None:
    """Let moto's ECR tell what was found in an image instead of making something up."""

    def describe(backend: ECRBackend, registry_id: str, repository_name: str, image_id: dict[str, Any]) -> dict[str, Any]:
        repository = backend._get_repository(repository_name, registry_id)
        image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))
        if not repository.image_scanning_configuration.get("scanOnPush"):
            raise ScanNotFoundException(json.dumps(image_id), repository_name, repository.registry_id)
        scan = known(state / FILE).get("images", {}).get(repository_name, {})
        answer = {"registryId": repository.registry_id, "repositoryName": repository_name, "imageId": {"imageDigest": image.image_digest}}
        if time.time() < image.image_pushed_at + scan.get("seconds", 0):
            return {**answer, "imageScanStatus": {"status": "IN_PROGRESS"}}
        status = {"status": scan.get("status", "COMPLETE"), "description": scan.get("description", "The scan was completed successfully.")}
        return {**answer, "imageScanStatus": status, "imageScanFindings": {"findings": scan.get("findings", [])}}

    patches.replace(ECRBackend, "describe_image_scan_findings", describe)
