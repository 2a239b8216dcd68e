"""The App's identity out of Secrets Manager. Whatever is wrong with it, its value is in no message."""

import json
from dataclasses import dataclass, field

from slipway.errors import InvalidInput

_REMEDY = 'it should be {"app_id": "123456", "private_key": "-----BEGIN RSA PRIVATE KEY-----\\n..."} with the values of the GitHub App\'s settings page, or {}.'


@dataclass(frozen=True)
class AppCredentials:
    """`private_key` is PEM, as GitHub's page "Private keys" hands it out."""

    app_id: str
    private_key: str = field(repr=False)


def parse(value: bytes) -> AppCredentials | None:
    """None while nobody has connected an App: the value has no `app_id`. InvalidInput, with what to enter, when it makes no sense."""
    try:
        document = json.loads(value or b"{}")
    except ValueError:
        # The cause would show the value.
        raise InvalidInput(f"The secret of the GitHub App isn't JSON; {_REMEDY}") from None
    match document:
        case {"app_id": int() | str() as app_id, "private_key": str(private_key)} if str(app_id).strip() and "PRIVATE KEY-----" in private_key:
            return AppCredentials(str(app_id).strip(), private_key)
        case {"app_id": ""} | {"app_id": None}:
            return None
        case {"app_id": _}:
            raise InvalidInput(f"The secret of the GitHub App has no usable app_id or private_key; {_REMEDY}")
        case dict():
            return None
    raise InvalidInput(f"The secret of the GitHub App isn't a JSON object; {_REMEDY}")
