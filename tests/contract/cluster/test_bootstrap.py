"""`make bootstrap` on a cluster: the environments of slipway.yaml stand after it, and doing it again changes nothing but what somebody else has changed."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.contract.cluster.deploying import NAMES, Site
from tests.contract.cluster.parts import ROOT, TOOLS
from twin.stack.bootstrap import create_namespace
from twin.stack.platform import Environment

pytestmark = [pytest.mark.timeout(200), pytest.mark.xdist_group("one cluster")]

NAMESPACES = {name: f"sample-{name}" for name in NAMES}


def bootstrapped(site: Site, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.bootstrap", "slipway", "--kubeconfig", str(site.cluster.kubeconfig), *options]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def versions(site: Site) -> Mapping[str, str]:
    """Identity and version of everything that the chart makes, the namespaces included."""
    found = [item for namespace in NAMESPACES.values() for item in site.cluster.listed(namespace)]
    namespaces = json.loads(site.cluster.kubectl("get", "namespaces", *NAMESPACES.values(), "--output", "json"))["items"]
    abouts = [(item["kind"], item["metadata"]) for item in [*found, *namespaces]]
    return {f"{kind} {about.get('namespace', '')}/{about['name']}": f"{about['uid']} {about['resourceVersion']}" for kind, about in abouts}


def test_environments_stand_after_it_and_a_second_time_changes_no_object(site: Site) -> None:
    first = bootstrapped(site, "--only", "environments")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == [f"environment {name}: the namespace {NAMESPACES[name]} is prepared" for name in NAMES]
    before = versions(site)
    assert {name.partition(" ")[0] for name in before} >= {"Namespace", "Role", "RoleBinding", "ResourceQuota", "LimitRange", "NetworkPolicy"}
    second = bootstrapped(site, "--only", "environments")
    assert (second.returncode, second.stdout) == (0, first.stdout), second.stderr
    assert versions(site) == before


def test_what_was_removed_or_changed_by_hand_is_put_right(site: Site) -> None:
    assert bootstrapped(site, "--only", "environments").returncode == 0
    site.cluster.kubectl("delete", "resourcequota", "environment", "--namespace", "sample-dev")
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    site.cluster.kubectl("patch", "role", "slipway", "--namespace", "sample-dev", "--type", "merge", "--patch", json.dumps({"rules": everything}))
    again = bootstrapped(site, "--only", "environments")
    assert again.returncode == 0, again.stderr
    site.cluster.kubectl("get", "resourcequota", "environment", "--namespace", "sample-dev")
    role = json.loads(site.cluster.kubectl("get", "role", "slipway", "--namespace", "sample-dev", "--output", "json"))
    assert not [rule for rule in role["rules"] if "*" in rule["verbs"]]


def test_the_twin_prepares_its_own_environments_alike(site: Site) -> None:
    assert bootstrapped(site, "--only", "environments").returncode == 0
    before = versions(site)
    programs = {"HOME": str(site.cluster.folder / "home"), "PATH": f"{TOOLS}:/usr/bin:/bin"}
    for name, namespace in NAMESPACES.items():
        asyncio.run(create_namespace(Environment(name, namespace, f"slipway-environment-{name}"), site.cluster.kubeconfig, programs))
    assert versions(site) == before
