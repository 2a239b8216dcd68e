"""What Admit reads of a build's audit in S3, as pip-audit writes it."""

import json
from collections.abc import Callable, Iterator, Sequence

import boto3
import pytest

from slipway.adapters.advisories import S3Advisories
from slipway.domain.admission import Finding
from tests.contract.account import account
from tests.fakes.control_plane import GOOD

APP = "sample-app"
CLEAN = {"name": "h11", "version": "0.16.0", "vulns": []}
KNOWN = {"id": "CVE-2026-1", "fix_versions": ["3.1.6", "4.0"], "aliases": ["GHSA-aaaa"]}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], Sequence[Finding] | None]]:
    """What is read of an audit of that content; bytes are taken as they are."""
    with account(monkeypatch):
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bundles")

        def read(audit: object) -> Sequence[Finding] | None:
            body = audit if isinstance(audit, bytes) else json.dumps(audit).encode()
            s3.put_object(Bucket="bundles", Key=f"builds/{APP}/{GOOD}/audit.json", Body=body)
            return S3Advisories("bundles").read(APP, GOOD)

        yield read


def test_every_advisory_is_a_finding_with_all_its_names(read: Callable[[object], Sequence[Finding] | None]) -> None:
    found = read({"dependencies": [CLEAN, {"name": "jinja2", "version": "3.1.0", "vulns": [KNOWN]}], "fixes": []})
    assert found == [Finding(("CVE-2026-1", "GHSA-aaaa"), "jinja2 3.1.0", None, "3.1.6, 4.0")]
    assert read({"dependencies": [CLEAN]}) == []


@pytest.mark.parametrize("audit", [b"", b"{", {}, {"dependencies": [{"name": "private", "skip_reason": "not found"}]}, {"dependencies": 1}, []])
def test_an_audit_that_is_not_understood_is_none(read: Callable[[object], Sequence[Finding] | None], audit: object) -> None:
    assert read(audit) is None


def test_a_commit_that_was_never_audited_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(monkeypatch):
        boto3.client("s3").create_bucket(Bucket="bundles")
        assert S3Advisories("bundles").read(APP, GOOD) is None
