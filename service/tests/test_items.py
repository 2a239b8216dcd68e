from collections.abc import Mapping

import pytest
from fastapi.testclient import TestClient

from sample_app.items import CAPACITY, Items, NewItem


def test_what_is_created_can_be_read_where_the_answer_says(client: TestClient) -> None:
    created = client.post("/items", json={"name": "bolt", "quantity": 3})
    assert (created.status_code, created.json()) == (201, {"id": 1, "name": "bolt", "quantity": 3})
    assert created.headers["location"] == "/items/1"
    assert client.get(created.headers["location"]).json() == created.json()


def test_a_fresh_process_has_an_empty_list(client: TestClient) -> None:
    answer = client.get("/items")
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})


def test_pages_lead_through_all_items_in_their_order(client: TestClient) -> None:
    for number in range(5):
        client.post("/items", json={"name": f"item {number}"})
    pages, after = [], 0
    while after is not None:
        page = client.get("/items", params={"after": after, "limit": 2}).json()
        pages.append([item["id"] for item in page["items"]])
        after = page["next"]
    assert pages == [[1, 2], [3, 4], [5]]


def test_a_full_last_page_has_none_behind_it(client: TestClient) -> None:
    client.post("/items", json={"name": "one"})
    assert client.get("/items", params={"limit": 1}).json()["next"] is None


def test_the_oldest_makes_room_and_its_id_is_not_used_again() -> None:
    items = Items()
    for number in range(CAPACITY + 1):
        items.add(NewItem(name=str(number)))
    assert items.get(1) is None
    assert (items.page(0, 1).items[0].id, len(items.page(0, 2 * CAPACITY).items)) == (2, CAPACITY)
    assert items.add(NewItem(name="next")).id == CAPACITY + 2


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({}, "body/name"),
        ({"name": ""}, "body/name"),
        ({"name": "x" * 101}, "body/name"),
        ({"name": "x", "quantity": -1}, "body/quantity"),
        ({"name": "x", "quantity": 1.5}, "body/quantity"),
        ({"name": "x", "price": 1}, "body/price"),
    ],
)
def test_a_bad_item_is_refused_by_field_and_not_kept(client: TestClient, body: Mapping[str, object], location: str) -> None:
    answer = client.post("/items", json=body)
    assert (answer.status_code, [error["location"] for error in answer.json()["errors"]]) == (422, [location])
    assert client.get("/items").json()["items"] == []


@pytest.mark.parametrize(
    ("query", "location"), [("limit=0", "query/limit"), ("limit=101", "query/limit"), ("after=-1", "query/after"), ("after=x", "query/after")]
)
def test_a_bad_page_is_refused_by_parameter(client: TestClient, query: str, location: str) -> None:
    answer = client.get(f"/items?{query}")
    assert (answer.status_code, [error["location"] for error in answer.json()["errors"]]) == (422, [location])


def test_what_is_not_there_is_said_by_its_id(client: TestClient) -> None:
    answer = client.get("/items/17")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no item 17.")
