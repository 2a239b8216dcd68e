"""/items: a small resource, so that there is something to ask for. Create, read, and list in pages.

Stands in for a database: it keeps the newest 1000 items in the memory of this process. Other replicas don't have them, and a restart forgets them.
"""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from sample_app.bodies import LONGEST_BODY_BYTES
from sample_app.problems import documented

CAPACITY = 1000
_LARGEST_ID = 2**53 - 1
"""What every JSON reader can hold: https://www.rfc-editor.org/rfc/rfc8259#section-6"""


class NewItem(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    quantity: int = Field(default=1, ge=0, le=1_000_000)


class Item(BaseModel):
    id: int
    name: str
    quantity: int


class Page(BaseModel):
    items: list[Item]
    next: int | None = Field(description="`after` of the next page; null on the last one")


class Items:
    """In the order of their ids, which are never used again."""

    def __init__(self) -> None:
        self._kept: dict[int, Item] = {}
        self._last = 0

    def add(self, new: NewItem) -> Item:
        """The oldest makes room for it."""
        self._last += 1
        item = self._kept[self._last] = Item(id=self._last, name=new.name, quantity=new.quantity)
        self._kept.pop(self._last - CAPACITY, None)
        return item

    def get(self, identity: int) -> Item | None:
        return self._kept.get(identity)

    def page(self, after: int, limit: int) -> Page:
        found = list(islice((item for item in self._kept.values() if item.id > after), limit + 1))
        return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)


ItemId = Annotated[int, Path(ge=1, le=_LARGEST_ID)]
After = Annotated[int, Query(ge=0, le=_LARGEST_ID, description="the id that the page begins behind")]
Limit = Annotated[int, Query(ge=1, le=100)]


def items_routes() -> APIRouter:
    """With items of its own for each application."""
    router, items = APIRouter(prefix="/items", tags=["items"], responses={422: documented("Not what the interface asks for")}), Items()

    @router.get("")
    async def list_items(after: After = 0, limit: Limit = 20) -> Page:
        return items.page(after, limit)

    @router.post(
        "",
        status_code=201,
        max_body_size=LONGEST_BODY_BYTES,
        responses={400: documented("The body can't be read"), 413: documented(f"The body has more than {LONGEST_BODY_BYTES} bytes")},
    )
    async def create_item(new: NewItem, response: Response) -> Item:
        item = items.add(new)
        response.headers["location"] = f"/items/{item.id}"
        return item

    @router.get("/{item_id}", responses={404: documented("There is no such item, or no longer")})
    async def read_item(item_id: ItemId) -> Item:
        item = items.get(item_id)
        if item is None:
            raise HTTPException(404, f"There is no item {item_id}.")
        return item

    return router
