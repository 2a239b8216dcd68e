"""The difference of manifests that people decide on: complete, stable, and without a value of any Secret."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from slipway.domain import manifests
from slipway.domain.manifest_yaml import DEEPEST, documents
from slipway.domain.manifests import LONGEST_TEXT, Difference, difference

PASSWORD = "correct horse battery"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def manifest(*items: Any) -> str:
    """As Helm prints it."""
    return "".join(f"---\n# Source: sample-app/templates/{number}.yaml\n{yaml.safe_dump(item)}" for number, item in enumerate(items))


def item(kind: str, name: str = "sample-app", namespace: str = "", version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name} | ({"namespace": namespace} if namespace else {}), **fields}


def secret(name: str = "sample-app", **fields: Any) -> dict[str, Any]:
    return item("Secret", name, **fields)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# What differs


def test_a_changed_object_is_shown_with_three_lines_around_the_change() -> None:
    before, after = (item("ConfigMap", data=dict.fromkeys("abcdefgh", "1") | {"e": value}) for value in ("1", "2"))
    found = difference(manifest(before), manifest(after))
    assert found.changed == ("ConfigMap/sample-app",)
    assert found.text == (
        "--- ConfigMap/sample-app\n+++ ConfigMap/sample-app\n@@ -4,7 +4,7 @@\n"
        "   b: '1'\n   c: '1'\n   d: '1'\n-  e: '1'\n+  e: '2'\n   f: '1'\n   g: '1'\n   h: '1'"
    )


def test_order_of_objects_and_keys_comments_and_style_make_no_difference() -> None:
    before = "# one\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n---\nkind: ConfigMap\nmetadata:\n  name: b\n  labels: {x: y}\n"
    after = "---\n# two\n---\nmetadata: {labels: {'x': \"y\"}, name: b}\nkind: ConfigMap\n---\nmetadata:\n  name: a\napiVersion: v1\nkind: Service\n"
    assert difference(before, after) == Difference()


def test_a_number_that_becomes_text_is_a_change() -> None:
    assert difference("kind: A\nmetadata: {name: x}\nv: 1", "kind: A\nmetadata: {name: x}\nv: '1'").changed == ("A/x",)


def test_objects_come_in_the_same_order_whatever_the_manifests_order() -> None:
    items = [item("Service", "b"), item("Deployment"), item("Service", "a")]
    found = difference("", manifest(*items))
    assert found == difference("", manifest(*reversed(items)))
    assert found.added == ("Deployment/sample-app", "Service/a", "Service/b")
    assert [line for line in found.text.splitlines() if line.startswith("+++")] == ["+++ Deployment/sample-app", "+++ Service/a", "+++ Service/b"]


def test_an_object_is_known_by_group_kind_namespace_and_name() -> None:
    before = manifest(item("Ingress", version="extensions/v1beta1"), item("Service", namespace="one"), item("Deployment", version="apps/v1beta1"))
    after = manifest(item("Ingress", version="networking.k8s.io/v1"), item("Service", namespace="two"), item("Deployment", version="apps/v1"))
    found = difference(before, after)
    assert (found.added, found.removed) == (("Ingress/sample-app", "Service/sample-app in two"), ("Ingress/sample-app", "Service/sample-app in one"))
    assert found.changed == ("Deployment/sample-app",)


def test_an_object_that_stands_twice_is_compared_twice() -> None:
    found = difference(manifest(item("Service", x=1)), manifest(item("Service", x=1), item("Service", x=2)))
    assert (found.changed, found.added) == ((), ("Service/sample-app",))
    assert "+x: 2" in found.text


def test_a_lists_items_are_objects_of_their_own() -> None:
    before = manifest(item("ConfigMap", "a"), item("ConfigMap", "b"))
    assert difference(before, manifest({"apiVersion": "v1", "kind": "List", "items": [item("ConfigMap", "b"), item("ConfigMap", "a")]})) == Difference()
    typed = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}
    assert difference(before, manifest(typed)) == Difference()


@pytest.mark.parametrize("odd", [["a"], "text", 7, {"kind": "Service"}, {"metadata": {"name": "x"}}, {"kind": ["x"], "metadata": {"name": "x"}}])
def test_what_has_no_kind_and_name_is_shown_as_an_unnamed_object(odd: Any) -> None:
    found = difference("", manifest(odd, item("Service"), odd))
    assert found.added == ("unnamed object 1", "unnamed object 2", "Service/sample-app")
    assert "+++ unnamed object 2\n" in found.text


def test_text_of_several_lines_differs_by_lines() -> None:
    before, after = (item("ConfigMap", data={"settings.ini": f"[a]\nx = {value}\ny = 1\n"}) for value in (1, 2))
    assert "-    x = 1\n+    x = 2\n" in difference(manifest(before), manifest(after)).text


def test_what_the_eye_cannot_see_is_spelt_out() -> None:
    hidden = "\u202e\u200b"
    found = difference("", manifest(item("ConfigMap", f"x{hidden}\n+++ Service/y", data={"a": hidden, hidden: "\x1b[2J"})))
    assert found.text.isascii()
    assert found.added == ("ConfigMap/x\\u202e\\u200b\\n+++ Service/y",)


@pytest.mark.parametrize(("text", "value"), [("22:22", "22:22"), ("2020-01-01", "2020-01-01"), ("123e4", 1230000.0), ("0644", 420), ("yes", True), ("=", "=")])
def test_scalars_are_read_as_helm_reads_them(text: str, value: object) -> None:
    assert documents(f"a: {text}") == [{"a": value}]


# The summary


@pytest.mark.parametrize(
    ("found", "summary"),
    [
        (Difference(), "nothing changes"),
        (Difference(changed=("A/a",)), "1 object changes (A/a)"),
        (Difference(("S/x",), (), ("A/a", "B/b")), "2 objects change (A/a, B/b), 1 is added (S/x)"),
        (Difference(("S/x", "S/y"), ("T/z",)), "2 objects are added (S/x, S/y), 1 is removed (T/z)"),
        (
            Difference(added=tuple("abcdefghijkl")),
            "12 objects are added (a, b, c, d, e, f, g, h, i, j and 2 more)",
        ),
    ],
)
def test_the_summary_is_a_sentence(found: Difference, summary: str) -> None:
    assert found.summary == summary


# Secrets


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secrets_values_are_hidden_and_the_keys_that_change_are_told(field: str) -> None:
    write = encoded if field == "data" else str
    before = secret() | {field: {"password": write(PASSWORD), "user": write("ada")}}
    after = secret() | {field: {"password": write("another"), "user": write("ada"), "new": write("x")}}
    found = difference(manifest(before), manifest(after))
    changed = [line for line in found.text.splitlines()[3:] if line[0] in "+-"]
    assert changed == ["-  password: (hidden)", "+  new: (hidden)", "+  password: (hidden, changed)"]
    assert "   user: (hidden)" in found.text


def test_base64_and_plain_text_of_the_same_value_are_the_same() -> None:
    before = manifest(secret(data={"password": encoded(PASSWORD), "empty": None}))
    assert difference(before, manifest(secret(stringData={"password": PASSWORD, "empty": ""}))) == Difference()
    assert difference(before, manifest(secret(data={"password": encoded("x"), "empty": ""}, stringData={"password": PASSWORD}))) == Difference()
    assert difference(before, manifest(secret(data={"password": PASSWORD, "empty": ""}))).changed == ("Secret/sample-app",)


WRAPPED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "alone": lambda found: found,
    "in a list": lambda found: {"apiVersion": "v1", "kind": "List", "metadata": {"annotations": {LAST_APPLIED: PASSWORD}}, "items": [item("Service"), found]},
    "in a list of Secrets": lambda found: {
        "apiVersion": "v1",
        "kind": "SecretList",
        "items": [{key: value for key, value in found.items() if key not in ("kind", "apiVersion")}],
    },
    "in a list in a list": lambda found: {"kind": "List", "items": [{"kind": "List", "items": [found]}]},
    "inside of another object": lambda found: item("Bundle", spec={"objects": [found]}),
    "without a name": lambda found: found | {"metadata": {"annotations": found["metadata"].get("annotations", {})}},
    "without metadata": lambda found: {key: value for key, value in found.items() if key != "metadata"},
    "in a list without a kind": lambda found: [found],
    "in another case": lambda found: found | {"kind": "SECRET"},
}
HOLDING = {
    "data": secret(data={"password": encoded(PASSWORD)}),
    "stringData": secret(stringData={"password": PASSWORD}),
    "bad base64": secret(data={"password": PASSWORD}),
    "data that is no mapping": secret(data=PASSWORD, stringData={"password": PASSWORD}),
    "a value that is no text": secret(stringData={"password": [PASSWORD]}),
    "a misspelt field": secret(stringdata={"password": PASSWORD}),
    "the configuration that kubectl keeps": item("Secret") | {"metadata": {"name": "sample-app", "annotations": {LAST_APPLIED: PASSWORD}}},
}


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("holding", HOLDING)
def test_no_value_of_a_secret_is_shown_wherever_it_stands(wrapped: str, holding: str) -> None:
    found = WRAPPED[wrapped](HOLDING[holding])
    other = yaml.safe_load(manifest(found).replace(PASSWORD, "x").replace(encoded(PASSWORD), encoded("x")))
    for before, after in (("", manifest(found)), (manifest(found), ""), (manifest(found), manifest(other)), (manifest(other), manifest(found))):
        shown = str(difference(before, after))
        assert PASSWORD not in shown
        assert encoded(PASSWORD) not in shown
    if not (holding.startswith("the configuration") and wrapped == "without metadata"):
        assert "(hidden, changed)" in difference(manifest(other), manifest(found)).text


def test_a_reference_to_a_secret_is_shown() -> None:
    before, after = (item("Bundle", spec={"from": [{"kind": "Secret", "name": name, "key": "k"}]}) for name in ("old", "new"))
    assert "-    name: old\n+    name: new" in difference(manifest(before), manifest(after)).text


@given(st.dictionaries(st.sampled_from("abc"), st.binary(max_size=4)), st.dictionaries(st.sampled_from("abc"), st.binary(max_size=4)))
def test_secrets_differ_exactly_when_their_values_do(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    one, other = (manifest(secret(data={key: base64.b64encode(value).decode() for key, value in side.items()})) for side in (before, after))
    found = difference(one, other)
    assert bool(found.changed) == (before != after)
    assert found.text.count("(hidden, changed)") == sum(before[key] != after[key] for key in before.keys() & after.keys())


# Hostile text


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter2: x",
        'password: "hunter2',
        "password: *hunter2",
        "password: &a [*a]",
        "? [hunter2]\n: x",
        '"hunter2\\ud800"',
        "hunter2: \x01",
        "{" * 5000,
    ],
)
def test_what_is_not_yaml_is_refused_in_a_sentence_that_quotes_nothing_of_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^The manifest (isn't YAML|is nested)") as refused:
        difference("", f"kind: Secret\n---\n{text}")
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


LEVELS = range(1, 20)
BOMBS = {
    "aliases": "a0: &a0 [x, x]\n" + "".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in LEVELS),
    "merged mappings": "a0: &a0 {k: v}\n" + "".join(f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}\n" for level in LEVELS),
    "aliases of a long text": f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 100)}]\n",
    "keys": f"a: &a {'x' * 100_000}\nb: [{', '.join(['{*a : 1}'] * 100)}]\n",
}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.timeout(10)
def test_aliases_that_stand_for_gigabytes_are_refused_before_they_are_put_in(bomb: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        difference("", f"kind: ConfigMap\n---\n{BOMBS[bomb]}")


def test_aliases_of_an_ordinary_size_are_put_in() -> None:
    text = "kind: ConfigMap\nmetadata: {name: &name x, labels: &labels {app: *name}}\ndata: {<<: *labels, y: z}\n"
    assert documents(text) == [{"kind": "ConfigMap", "metadata": {"name": "x", "labels": {"app": "x"}}, "data": {"app": "x", "y": "z"}}]


@pytest.mark.parametrize(("levels", "allowed"), [(DEEPEST, True), (DEEPEST + 1, False), (1000, False)])
def test_nesting_has_an_end(levels: int, allowed: bool) -> None:
    text = "- " * levels + "x"
    if allowed:
        assert "+++ unnamed object 1" in difference("", text).text
        return
    with pytest.raises(ValueError, match="nested too deeply: more than 100 levels"):
        difference("", text)


def test_a_text_that_is_too_long_says_how_much_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    long = manifest(item("ConfigMap", data={f"key-{number:05}": "x" * 50 for number in range(6000)}))
    found = difference("", long).text
    monkeypatch.setattr(manifests, "LONGEST_TEXT", 10**9)
    whole = difference("", long).text
    kept, _, last = found.rpartition("\n")
    assert whole.startswith(kept)
    assert last == f"({len(whole) - len(kept):,} more characters are left out)"
    assert LONGEST_TEXT - 100 < len(found) <= LONGEST_TEXT


def test_an_object_of_very_many_lines_is_named_without_them() -> None:
    before, after = (item("ConfigMap", data={"a": f"{letter}\n" * 12_000}) for letter in "ab")
    found = difference(manifest(before), manifest(after))
    assert found.changed == ("ConfigMap/sample-app",)
    assert found.text.endswith("\n(12,006 lines become 12,006: too many to compare them here)")
