"""What comes in (JSON, YAML, protobuf) and what goes out (whole objects, metadata, tables)."""

import base64
import json
from typing import Any

import pytest

from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.http.body import parse_body
from twin.cluster.apiserver.http.rendering import rendered, rendered_event, rendered_list
from twin.cluster.apiserver.resources import DEPLOYMENT, POD

JSON = "application/json"
YAML = "application/yaml"
PROTOBUF = "application/vnd.kubernetes.protobuf"
AS_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
LONG_AGO = "2020-01-01T00:00:00Z"


# Bodies


def test_no_body_is_none() -> None:
    assert parse_body(b"", JSON) is None


@pytest.mark.parametrize("content_type", [JSON, "application/merge-patch+json", "application/json; charset=utf-8", "", "application/apply-patch+yaml"])
def test_json_is_read_under_every_name_it_has(content_type: str) -> None:
    assert parse_body(b'{"a": [1, true, null]}', content_type) == {"a": [1, True, None]}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("y", True), ("n", False), ("Yes", True), ("off", False), ("true", True), ("yES", "yES"), ('"y"', "y"), ("~", None), ("", None), ("12", 12),
        ("-1", -1), ("0x10", 16), ("010", 8), ("1_000", 1000), ("1e3", 1000), ("1.5", 1.5), ("1.0", 1), ("12:30", "12:30"), ("2026-11-24", "2026-11-24"),
        ("1.36.0", "1.36.0"), ("=", "="), ("12e45x", "12e45x"), ("0.5", 0.5),
    ],
)  # fmt: skip
def test_a_plain_yaml_scalar_means_what_it_means_to_go(written: str, meant: Any) -> None:
    found = parse_body(f"value: {written}\n".encode(), YAML)["value"]
    assert (found, type(found)) == (meant, type(meant))


def test_yaml_keys_become_text_and_anchors_are_followed() -> None:
    body = b"base: &base {2: one, true: yes}\nmore:\n  <<: *base\n  a: b\n"
    assert parse_body(body, "application/apply-patch+yaml") == {"base": {"2": "one", "true": True}, "more": {"2": "one", "true": True, "a": "b"}}


@pytest.mark.parametrize(
    ("raw", "content_type", "code"),
    [
        (b"{", JSON, 400),
        (b"\xff\xfe\xfd", JSON, 400),
        (b"a: [", YAML, 400),
        (b"a: 1\n---\nb: 2\n", YAML, 400),
        (b"a: !!python/object:os.system x", YAML, 400),
        (b"k8s\x00\x0a\xff", PROTOBUF, 400),
        (b"{}", PROTOBUF, 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(raw: bytes, content_type: str, code: int) -> None:
    with pytest.raises(ApiError) as refused:
        parse_body(raw, content_type)
    assert refused.value.code == code


# Protobuf, written here as Go writes it


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value & (1 << 64) - 1)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    head = bytearray()
    while value > 0x7F:
        head.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*head, value])


def envelope(api_version: str, kind: str, message: bytes) -> bytes:
    return b"k8s\x00" + field(1, field(1, api_version) + field(2, kind)) + field(2, message) + field(3, "") + field(4, "")


def test_helms_release_secret_is_read() -> None:
    label = field(1, "owner") + field(2, "helm")
    metadata = field(1, "sh.helm.release.v1.web.v1") + field(2, "") + field(3, "shop") + field(7, 0) + field(8, b"") + field(11, label)
    secret = field(1, metadata) + field(2, field(1, "release") + field(2, b"\x00\xff")) + field(3, "helm.sh/release.v1")
    assert parse_body(envelope("v1", "Secret", secret), PROTOBUF) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "sh.helm.release.v1.web.v1", "namespace": "shop", "labels": {"owner": "helm"}},
        "data": {"release": base64.b64encode(b"\x00\xff").decode()},
        "type": "helm.sh/release.v1",
    }


def test_a_zero_behind_a_pointer_is_kept() -> None:
    options = field(1, 0) + field(2, field(1, "some-uid")) + field(3, 0) + field(5, "All")
    found = parse_body(envelope("v1", "DeleteOptions", options), PROTOBUF)
    assert found["gracePeriodSeconds"] == 0
    assert found["orphanDependents"] is False
    assert (found["preconditions"], found["dryRun"]) == ({"uid": "some-uid"}, ["All"])


def test_times_owners_and_unknown_fields_are_read() -> None:
    owner = field(1, "Node") + field(3, "one") + field(4, "uid") + field(5, "v1") + field(6, 1)
    fields_v1 = field(1, json.dumps({"f:spec": {}}))
    metadata = field(1, "one") + field(8, field(1, 1_700_000_000)) + field(13, owner) + field(14, "a") + field(14, "b") + field(17, field(7, fields_v1))
    spec = field(1, "one") + field(2, 40) + field(4, field(1, 1_700_000_000) + field(2, 123_456_000)) + field(99, "unheard of")
    found = parse_body(envelope("coordination.k8s.io/v1", "Lease", field(1, metadata) + field(2, spec)), PROTOBUF)
    assert found["metadata"] == {
        "name": "one",
        "creationTimestamp": "2023-11-14T22:13:20Z",
        "ownerReferences": [{"kind": "Node", "name": "one", "uid": "uid", "apiVersion": "v1", "controller": True}],
        "finalizers": ["a", "b"],
        "managedFields": [{"fieldsV1": {"f:spec": {}}}],
    }
    assert found["spec"] == {"holderIdentity": "one", "leaseDurationSeconds": 40, "renewTime": "2023-11-14T22:13:20.123456Z"}


def test_quantities_and_negative_numbers_are_read() -> None:
    hard = field(1, "pods") + field(2, field(1, "3"))
    quota = parse_body(envelope("v1", "ResourceQuota", field(2, field(1, hard))), PROTOBUF)
    assert quota["spec"] == {"hard": {"pods": "3"}}
    assert parse_body(envelope("v1", "DeleteOptions", field(1, -1)), PROTOBUF)["gracePeriodSeconds"] == -1


def test_a_protobuf_kind_that_is_not_known_is_an_unsupported_media_type() -> None:
    with pytest.raises(ApiError) as refused:
        parse_body(envelope("apps/v1", "Deployment", b""), PROTOBUF)
    assert refused.value.code == 415


# Answers


def pod(name: str = "web", **members: Any) -> dict[str, Any]:
    about = {"name": name, "namespace": "shop", "resourceVersion": "7", "creationTimestamp": LONG_AGO}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": about, "spec": {"containers": [{"name": "app", "image": "web:1"}]}, "status": {}} | members


@pytest.mark.parametrize("accept", ["", "*/*", JSON, f"{PROTOBUF},{JSON}", "application/json;as=Table;v=v9;g=meta.k8s.io,application/json"])
def test_an_object_is_answered_whole_unless_something_else_is_asked(accept: str) -> None:
    assert rendered(accept, POD, pod()) == pod()


def test_a_list_leaves_out_what_its_own_kind_says() -> None:
    found = rendered_list(JSON, POD, [pod()], "9")
    assert (found["kind"], found["apiVersion"], found["metadata"]) == ("PodList", "v1", {"resourceVersion": "9"})
    assert found["items"][0].keys() == {"metadata", "spec", "status"}


def test_metadata_only_is_answered_where_it_is_asked() -> None:
    accept = f"{PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,{JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,{JSON}"
    only = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": pod()["metadata"]}
    assert rendered(accept, POD, pod()) == only
    found = rendered_list(accept.replace("Metadata;", "MetadataList;"), POD, [pod()], "9")
    assert (found["kind"], found["metadata"], found["items"]) == ("PartialObjectMetadataList", {"resourceVersion": "9"}, [only])


def test_a_table_has_columns_and_rows() -> None:
    found = rendered_list(AS_TABLE, POD, [pod()], "9")
    assert (found["kind"], found["apiVersion"], found["metadata"]) == ("Table", "meta.k8s.io/v1", {"resourceVersion": "9"})
    assert found["columnDefinitions"][0] == {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}
    assert [column["name"] for column in found["columnDefinitions"] if column["priority"] == 0] == ["Name", "Ready", "Status", "Restarts", "Age"]
    assert found["rows"][0]["object"] == {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": pod()["metadata"]}
    assert rendered(AS_TABLE, POD, pod(), "Object")["rows"][0]["object"] == pod()
    assert rendered(AS_TABLE, POD, pod())["metadata"] == {"resourceVersion": "7"}


def test_a_watch_event_is_a_table_of_one_row_but_a_bookmark_is_itself() -> None:
    assert len(rendered_event(AS_TABLE, POD, "MODIFIED", pod())["rows"]) == 1
    bookmark = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}}
    assert rendered_event(AS_TABLE, POD, "BOOKMARK", bookmark) == bookmark


def test_what_is_not_of_the_kind_itself_is_answered_whole() -> None:
    scale = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "web"}}
    assert rendered(AS_TABLE, DEPLOYMENT, scale) == scale
