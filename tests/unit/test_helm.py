"""The Helm adapter on its own: what it makes of Helm's words, and a Helm that never ends. With the real Helm: tests/contract/ports/test_helm.py."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from slipway.adapters import helm
from slipway.adapters.helm import HelmCharts, releases
from slipway.adapters.helm_messages import NOT_SHOWN, looks_up, without_secrets
from slipway.errors import LeaseLost, TemporarilyUnavailable
from slipway.ports import HelmFailed, HelmRelease

COMMIT = "a" * 40
INSTALLED = '[{"revision": 1, "status": "deployed"}]'


def program(folder: Path, script: str) -> Path:
    """A stand-in for the binary: a shell script."""
    path = folder / "helm"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def charts(folder: Path, script: str) -> HelmCharts:
    return HelmCharts(folder / "kubeconfig", "sample-dev", str(program(folder, script)))


def test_a_rollback_stands_for_the_commit_of_the_revision_it_went_back_to() -> None:
    history = [
        {"revision": 1, "status": "superseded", "description": f"commit {COMMIT}"},
        {"revision": 2, "status": "failed", "description": "commit " + "b" * 40},
        {"revision": 3, "status": "superseded", "description": "Rollback to 1"},
        {"revision": 4, "status": "deployed", "description": "Rollback to 3"},
    ]
    assert releases(history)[-1] == HelmRelease(4, "deployed", COMMIT)


def test_a_helm_that_does_not_end_is_asked_to_and_may_say_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "LONGEST_SECONDS", 0.5)
    hanging = charts(tmp_path, f"trap 'touch {tmp_path}/asked; exit 1' TERM\nwhile :; do :; done")
    with pytest.raises(TemporarilyUnavailable, match=r"helm history didn't end within 0\.5 s and was stopped"):
        hanging.history("sample-app")
    assert (tmp_path / "asked").exists()


def test_a_helm_whose_lease_is_lost_is_asked_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm, "LOOK_AGAIN_SECONDS", 0.05)
    looks = iter([None, LeaseLost("a rollback goes first")])

    def check() -> None:
        if lost := next(looks):
            raise lost

    hanging = program(tmp_path, f"trap 'touch {tmp_path}/asked; exit 1' TERM\nwhile :; do :; done")
    with pytest.raises(LeaseLost, match="a rollback goes first"):
        HelmCharts(tmp_path / "kubeconfig", "sample-dev", str(hanging), check=check).history("sample-app")
    assert (tmp_path / "asked").exists()


@pytest.mark.parametrize("words", ["Kubernetes cluster unreachable: Get https://10.0.0.1", "dial tcp 10.0.0.1:443: connect: connection refused"])
def test_a_cluster_that_cannot_be_reached_is_no_answer_of_helm(words: str, tmp_path: Path) -> None:
    with pytest.raises(TemporarilyUnavailable, match="helm history"):
        charts(tmp_path, f"echo 'Error: {words}' >&2; exit 1").history("sample-app")


def test_nothing_installed_is_an_empty_history(tmp_path: Path) -> None:
    assert charts(tmp_path, "echo 'Error: release: not found' >&2; exit 1").history("sample-app") == []


def test_helm_sees_nothing_of_the_functions_environment_but_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    charts(tmp_path, f"env > {tmp_path}/seen; echo '[]'").history("sample-app")
    seen = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert seen - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME", "KUBECONFIG", "HELM_NAMESPACE"}


def failed_render(folder: Path, words: str) -> str:
    """What is told of a Helm that prints these words and half a manifest. The chart has templates that make a Secret and a Deployment."""
    templates = folder / "chart" / "templates"
    templates.mkdir(parents=True)
    (templates / "keys.yaml").write_text("kind: Secret\nstringData: {password: hunter2}\n")
    (templates / "deployment.yaml").write_text("kind: Deployment\n")
    (folder / "words").write_text(words)
    script = f"[ $1 = history ] && echo '{INSTALLED}' && exit; echo 'password: hunter2'; cat {folder}/words >&2; exit 1"
    failed = charts(folder, script).render("sample-app", folder / "chart", {}, "values.yaml")
    assert isinstance(failed, HelmFailed)
    return failed.message


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", ""),
        ("Error: at '/password': 'hunter2' does not match pattern '^[a-z ]+$'", "Error: at '/password': (hidden) does not match pattern (hidden)"),
        ("Error: values don't meet:\n- at '': properties 'hunter2' not allowed", "Error: values don't meet:\n- at '': properties (hidden) not allowed"),
        ('Error: Secret is invalid: data[x]: Invalid value: "a \\" hunter2": too long', "Error: Secret is invalid: data[x]: Invalid value: (hidden): too long"),
        ("Error: at '/key': 'first\nhunter2' is bad", "Error: at '/key': (hidden) is bad"),
        ("Error: cannot unmarshal `hunter2` into int", "Error: cannot unmarshal (hidden) into int"),
        ("Error: execution error at (sample-app/templates/deployment.yaml:4:2): no digest", None),
    ],
)  # fmt: skip
def test_values_that_helm_quotes_are_hidden_and_the_fault_stays_readable(words: str, told: str | None, tmp_path: Path) -> None:
    assert failed_render(tmp_path, words) == (words if told is None else told)


@pytest.mark.parametrize("place", ["sample-app/templates/keys.yaml:4:2", "sample-app/charts/db/templates/secret.yaml", "sample-app/templates/../../secret"])
def test_of_a_template_that_makes_a_secret_only_the_place_of_a_fault_is_told(place: str, tmp_path: Path) -> None:
    told = failed_render(tmp_path, f"Error: execution error at ({place}): the password hunter2 is bad, unexpected EOF")
    assert told == f"Error: {place}: a template that makes a Secret can't be rendered; what Helm prints of it isn't shown"


LOOKUP = '{{ fail (index (lookup "v1" (printf "Sec%s" "ret") .Release.Namespace "db").data "password") }}'
PLACE = "sample-app/templates/configmap.yaml:1:3"
MAY_NOT = 'secrets "db" is forbidden: User "arn:aws:sts::1:assumed-role/dev" cannot get resource "secrets" in API group "" in the namespace "sample-prod"'


@pytest.mark.parametrize("template", [LOOKUP, '{{ tpl (printf "{{ look%s }}" "up") . }}', '{{ include "more" . }}'])
def test_what_a_chart_that_looks_things_up_fails_with_is_not_told(template: str, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "configmap.yaml").write_text(template)
    (tmp_path / "templates" / "_more.tpl").write_text('{{ define "more" }}' + LOOKUP + "{{ end }}" if "include" in template else "")
    told = without_secrets(f"Error: execution error at ({PLACE}): aHVudGVyMg== {MAY_NOT.replace('db', 'aHVudGVyMg')}", tmp_path)
    assert told == f"Error: {PLACE}: what Helm prints of it isn't shown, since the chart may look things up in the cluster (lookup, tpl)"
    odd = without_secrets("Error: execution error at (sample-app/templates/!x.yaml:1:3): aHVudGVyMg==", tmp_path)
    assert odd == "Error: a template: what Helm prints of it isn't shown, since the chart may look things up in the cluster (lookup, tpl)"
    refused = f'Error: template: {PLACE}: executing "{PLACE}" at <lookup "v1" "Secret" "sample-prod" "db">: error calling lookup: {MAY_NOT}'
    assert without_secrets(refused, tmp_path) == f"Error: {PLACE}: {MAY_NOT}"


def test_a_chart_with_packed_dependencies_may_look_things_up(tmp_path: Path) -> None:
    assert not looks_up(tmp_path)
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "db-1.0.0.tgz").touch()
    assert looks_up(tmp_path)


REFUSED = "Error: UPGRADE FAILED: server-side apply failed for object sample-prod/db /v1, Kind=Secret: "
STORED = """apiVersion: v1
kind: Secret
metadata: {name: db}
data: {key: aHVudGVyLXR3bw==}
stringData: {pin: 4815162342, pem: "-----BEGIN\\nMIIEvQIBADANBgkqh\\n"}
"""


def refused(folder: Path, words: str, secrets: Callable[[], Sequence[str]] = tuple, newest: str = STORED) -> str:
    """What is told of a rollback that Helm refuses in these words, after a warning. The newest revision has a Secret; the environment has `secrets`."""
    (folder / "words").write_text(f'level=WARN error="got &value.valueUnstructured{{Value:1}}"\n{words}\n  more of it\n')
    (folder / "manifest").write_text(newest)
    script = f"case $1 in history) echo '{INSTALLED}';; get) cat {folder}/manifest;; *) echo stdout; cat {folder}/words >&2; exit 1;; esac"
    failed = HelmCharts(folder / "kubeconfig", "sample-prod", str(program(folder, script)), secrets=secrets).rollback("sample-app", 1)
    assert isinstance(failed, HelmFailed)
    return failed.message


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Error: it got hunter-two, aHVudGVyLXR3bw==, 4815162342 and NDgxNTE2MjM0Mg==", "Error: it got (hidden), (hidden), (hidden) and (hidden)"),
        ("Error: no key MIIEvQIBADANBgkqh", "Error: no key (hidden)"),
        ("Error: it is sesame, c2VzYW1l", "Error: it is (hidden), (hidden)"),
        (REFUSED + ".data.x: expected string, got &value.valueUnstructured{Value:map[string]any{1 }}", REFUSED + ".data.x: expected string, got (hidden)"),
        ('Error: "x" is invalid: spec.p: Invalid value: "a\\" b": too long', 'Error: "x" is invalid: spec.p: Invalid value: (hidden): too long'),
        ('Error: x is invalid: spec.p: Invalid value: {"a":"b: c"}: too long', "Error: x is invalid: spec.p: Invalid value: (hidden)"),
        ("Error: cannot unmarshal !!str `other` into int", "Error: cannot unmarshal !!str (hidden) into int"),
        (REFUSED + 'parsing "other": invalid syntax', REFUSED + "parsing (hidden): invalid syntax"),
        (f"Error: UPGRADE FAILED: {MAY_NOT}", f"Error: UPGRADE FAILED: {MAY_NOT}"),
    ],
)  # fmt: skip
def test_of_a_refused_change_the_line_that_says_why_is_told_without_values_of_secrets(words: str, told: str, tmp_path: Path) -> None:
    assert refused(tmp_path, words, lambda: ["sesame", "c2VzYW1l"]) == told


def test_when_the_secrets_cannot_be_read_helms_words_are_not_told(tmp_path: Path) -> None:
    def unreadable() -> Sequence[str]:
        raise TemporarilyUnavailable("the API server answered 503")

    assert refused(tmp_path, "Error: hunter2", unreadable) == NOT_SHOWN
    assert refused(tmp_path, "Error: hunter2", newest="{kind: Secret") == NOT_SHOWN


def test_an_upgrade_hides_what_a_rollback_hides(tmp_path: Path) -> None:
    (tmp_path / "words").write_text(REFUSED + ".stringData.password: expected string, got &value.valueUnstructured{Value:4815162342}")
    script = f"case $1 in history) echo '{INSTALLED}';; get) exit 0;; *) cat {tmp_path}/words >&2; exit 1;; esac"
    failed = charts(tmp_path, script).upgrade("sample-app", tmp_path, {}, "values-prod.yaml", COMMIT)
    assert failed == HelmFailed(REFUSED + ".stringData.password: expected string, got (hidden)")


def test_a_cluster_that_cannot_be_reached_is_no_answer_of_a_rendering_helm(tmp_path: Path) -> None:
    with pytest.raises(TemporarilyUnavailable, match="connection refused"):
        failed_render(tmp_path, 'Error: Kubernetes cluster unreachable: Get "https://10.0.0.1/version": connection refused')


def test_a_release_that_somebody_is_changing_is_rendered_all_the_same(tmp_path: Path) -> None:
    script = f"""case "$1 $2" in
    history*) echo '{INSTALLED}';;
    upgrade*) echo 'Error: another operation (install/upgrade/rollback) is in progress' >&2; exit 1;;
    *capabilities) echo "data: {{version: v1.34.1, apis: '[]'}}";;
    template*) echo 'kind: Service';;
    esac"""
    assert charts(tmp_path, script).render("sample-app", tmp_path, {}, "values.yaml") == "kind: Service\n"


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [(("superseded", "deployed"), 2), (("deployed", "failed"), 1), (("superseded", "deployed", "failed", "pending-upgrade"), 2), (("failed",), 1), ((), 0)],
)
def test_the_manifest_is_that_of_the_newest_deployed_revision(statuses: tuple[str, ...], shown: int, tmp_path: Path) -> None:
    history = json.dumps([{"revision": number, "status": status} for number, status in enumerate(statuses, start=1)])
    script = f"""case "$1" in history) echo '{history}';; get) echo "# revision $5";; esac"""
    assert charts(tmp_path, script).manifest("sample-app") == (f"# revision {shown}\n" if shown else "")


def test_nothing_installed_is_not_an_empty_list_of_workloads(tmp_path: Path) -> None:
    with pytest.raises(TemporarilyUnavailable, match="release: not found"):
        charts(tmp_path, "echo 'Error: release: not found' >&2; exit 1").workloads("sample-app")
