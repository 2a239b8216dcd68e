"""Long lists in pages, and what objects can be selected by."""

import pytest

from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.field_labels import check_field_labels
from twin.cluster.apiserver.http.pages import Start, limit_of, page, start_of
from twin.cluster.apiserver.objects import Key, Object
from twin.cluster.apiserver.resources import DEPLOYMENT, POD

ITEMS: list[Object] = [{"metadata": {"namespace": "shop", "name": name}} for name in ("one", "three", "two")]


def test_a_page_leads_to_the_next() -> None:
    items, about = page(ITEMS, 2, 1007, selected=False)
    assert list(items) == ITEMS[:2] and about["remainingItemCount"] == 1
    assert start_of({"continue": about["continue"]}) == Start(1007, Key("shop", "three"))


def test_the_last_page_leads_nowhere() -> None:
    assert page(ITEMS, 3, 1007, selected=False) == (ITEMS, {})


def test_a_list_of_any_version_is_whole() -> None:
    assert limit_of({"limit": "2", "resourceVersion": "0"}) == 0
    assert limit_of({"limit": "2"}) == 2


@pytest.mark.parametrize("query", [{"continue": "%"}, {"continue": "bm9uZQ"}, {"continue": "e30", "resourceVersion": "7"}])
def test_a_token_of_somebody_else_is_a_bad_request(query: dict[str, str]) -> None:
    with pytest.raises(ApiError) as refused:
        start_of(query)
    assert refused.value.code == 400


def test_each_kind_has_fields_to_be_selected_by() -> None:
    check_field_labels(POD, "", "spec.nodeName=node-1,status.phase!=Failed,metadata.name==web")
    with pytest.raises(ApiError, match=r"field label not supported: spec\.priority"):
        check_field_labels(POD, "", "spec.priority=1")
    with pytest.raises(ApiError, match=r'Unable to find "apps/v1, Resource=deployments" .* only "metadata.name", "metadata.namespace"'):
        check_field_labels(DEPLOYMENT, "", "spec.replicas=1")
