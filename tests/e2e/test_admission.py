"""What keeps a build from becoming a release on a running stack: what is known against it, and a signature that nobody but Admit can give."""

import json

import pytest

from tests.e2e.promoting import Promoting
from tests.e2e.running import ENVIRONMENT, PATIENCE_SECONDS, SERVICE, Running
from twin.aws.findings import FILE

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("one stack")]

KNOWN = {
    "images": {SERVICE: {"seconds": 3, "findings": [{"name": "CVE-2026-1", "severity": "CRITICAL"}]}},
    "advisories": [{"id": "CVE-2026-2", "modified": "2026-01-01T00:00:00Z", "affected": [{"package": {"name": "fastapi", "ecosystem": "PyPI"}}]}],
}


def build_another(running: Running) -> str:
    running.start_over()
    running.write_a_note()
    return running.push("a note")


def test_a_commit_with_a_known_vulnerability_is_refused_until_nothing_is_known_any_more(running: Running) -> None:
    (running.stack.folder / FILE).write_text(json.dumps(KNOWN))
    try:
        commit = build_another(running)
        state, reason = running.ended(commit)
    finally:
        (running.stack.folder / FILE).unlink()
    assert (state, "CVE-2026-1 (critical) in the image" in reason) == ("refused", True), reason
    assert "CVE-2026-2" not in reason, "there's no fix for it"
    body = running.aws("s3").get_object(Bucket=running.stack.outputs["BundlesBucket"], Key=f"builds/{SERVICE}/{commit}/audit.json")["Body"].read()
    assert {advisory["id"] for package in json.loads(body)["dependencies"] for advisory in package["vulns"]} == {"CVE-2026-2"}

    builds = len(running.builds())
    running.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/develop")
    record = running.observer.follow(running.observer.run_of(commit, PATIENCE_SECONDS, "refs/heads/develop"), commit, PATIENCE_SECONDS, lambda event: None)
    assert record["state"] == "live", record
    assert len(running.builds()) == builds


def test_who_can_write_the_table_cannot_deploy_another_image(people: Promoting, live: str) -> None:
    running, table, key = people.running, people.running.table(), {"pk": f"RELEASE#{SERVICE}", "sk": live}
    whole = table.get_item(Key=key)["Item"]
    table.put_item(Item={**whole, "image_digest": f"sha256:{'0' * 64}"})
    try:
        tried = people.slipway("deploy", SERVICE, ENVIRONMENT, "--commit", live[:12], "--yes")
    finally:
        table.put_item(Item=whole)
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "doesn't have Admit's signature" in tried.stdout + tried.stderr
    running.assert_at_rest(live)
