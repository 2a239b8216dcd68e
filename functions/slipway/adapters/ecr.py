"""The image registry: which digest a commit's tag stands for, and what its scanner says of it. Tags are immutable there."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated
from slipway.domain.admission import Finding, Scan, ScanState, Severity

_FINISHED = frozenset({"COMPLETE", "ACTIVE"})
_UNFINISHED = frozenset({"IN_PROGRESS", "PENDING"})
"""https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html; every other status is final."""


class EcrRegistry:
    def __init__(self, account_id: str) -> None:
        """`account_id` is the AWS account that owns the registry."""
        self._account_id = account_id
        self._client = client("ecr")

    @translated()
    def digest(self, service: str, commit: str) -> str:
        try:
            found = self._client.describe_images(registryId=self._account_id, repositoryName=service, imageIds=[{"imageTag": commit}])
        except ClientError as error:
            if error_code(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
                return ""
            raise
        return str(found["imageDetails"][0]["imageDigest"])

    @translated()
    def tag(self, service: str, digest: str, commit: str) -> bool:
        """https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html"""
        if earlier := self.digest(service, commit):
            return earlier == digest
        place: Any = {"registryId": self._account_id, "repositoryName": service}
        try:
            found = self._client.batch_get_image(**place, imageIds=[{"imageDigest": digest}])["images"]
            if not found:
                return False
            kind: Any = {"imageManifestMediaType": found[0]["imageManifestMediaType"]} if "imageManifestMediaType" in found[0] else {}
            self._client.put_image(**place, **kind, imageManifest=found[0]["imageManifest"], imageTag=commit, imageDigest=digest)
        except ClientError as error:
            if error_code(error) not in ("ImageAlreadyExistsException", "ImageTagAlreadyExistsException", "RepositoryNotFoundException"):
                raise
        return self.digest(service, commit) == digest

    @translated()
    def scan(self, service: str, digest: str) -> Scan:
        """The scan that the registry begins by itself after a push; one that it doesn't know of yet is unfinished."""
        given: Any = {"registryId": self._account_id, "repositoryName": service, "imageId": {"imageDigest": digest}}
        findings: list[Finding] = []
        try:
            for page in self._client.get_paginator("describe_image_scan_findings").paginate(**given):
                status = page["imageScanStatus"]
                if status["status"] in _UNFINISHED:
                    return Scan(ScanState.UNFINISHED)
                if status["status"] not in _FINISHED:
                    return Scan(ScanState.IMPOSSIBLE, reason=": ".join(filter(None, (status["status"], status.get("description", "")))))
                findings += _findings(page.get("imageScanFindings", {}))
        except ClientError as error:
            if error_code(error) == "ScanNotFoundException":
                return Scan(ScanState.UNFINISHED)
            raise
        return Scan(ScanState.FINISHED, tuple(findings))

    def reference(self, service: str) -> str:
        return f"{self._account_id}.dkr.ecr.{self._client.meta.region_name}.amazonaws.com/{service}"


def _findings(page: Mapping[str, Any]) -> Iterator[Finding]:
    """Of basic scanning (`findings`) and of Amazon Inspector (`enhancedFindings`), where suppressed and closed ones don't count."""
    for finding in page.get("findings", ()):
        attributes = {attribute["key"]: attribute.get("value", "") for attribute in finding.get("attributes", ())}
        package = " ".join(filter(None, (attributes.get("package_name"), attributes.get("package_version"))))
        yield Finding((finding["name"],), package or "the image", _severity(finding))
    for finding in page.get("enhancedFindings", ()):
        if finding.get("status", "ACTIVE") == "ACTIVE":
            details = finding.get("packageVulnerabilityDetails", {})
            packages = details.get("vulnerablePackages", [{}])
            names = (details.get("vulnerabilityId") or finding.get("title", "unnamed"), *details.get("relatedVulnerabilities", ()))
            package = ", ".join(" ".join(filter(None, (found.get("name"), found.get("version")))) for found in packages)
            fixes = ", ".join(found["fixedInVersion"] for found in packages if found.get("fixedInVersion") not in (None, "NotAvailable"))
            yield Finding(names, package or "the image", _severity(finding), fixes)


def _severity(finding: Mapping[str, Any]) -> Severity:
    """Inspector's UNTRIAGED, and what ECR may add, count as undefined."""
    try:
        return Severity(finding["severity"].lower())
    except (KeyError, ValueError):
        return Severity.UNDEFINED
