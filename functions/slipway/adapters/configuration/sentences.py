"""What is wrong with a field, in a sentence."""

import difflib

from pydantic import BaseModel

from slipway.adapters.configuration.document import PARTS, Document
from slipway.adapters.configuration.lines import Location


def sentence(kind: str, message: str, location: Location) -> str:
    """pydantic's message; for an unknown field, which fields there are and which was probably meant."""
    if kind != "extra_forbidden":
        return message.removeprefix("Value error, ")
    allowed = _fields_at(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), allowed, n=1)
    return f"there is no such field{f'; did you mean {close[0]}?' if close else ''} Allowed: {', '.join(allowed)}"


def _fields_at(location: Location) -> list[str]:
    model: type[BaseModel] = Document
    for part in location:
        model = PARTS.get((model, str(part)), model)
    return [field.alias or name for name, field in model.model_fields.items()]
