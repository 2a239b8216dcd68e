"""The code host's accounts in memory: what a person who says who they are comes back with."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from slipway.errors import InvalidInput


@dataclass
class FakeAccounts:
    """`challenges` maps codes that are still good to the challenge and the login that they were given for."""

    connected: bool = True
    challenges: dict[str, tuple[str, str]] = field(default_factory=dict)

    def page(self, state: str, challenge: str, login: str) -> str:
        if not self.connected:
            raise InvalidInput("Nobody can sign in here: no GitHub App is connected.")
        return f"https://github.example/login/oauth/authorize?state={state}&code_challenge={challenge}&login={login}"

    def login(self, code: str, verifier: str) -> str:
        challenge, login = self.challenges.pop(code, ("", ""))
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return login if made == challenge else ""

    def confirm(self, page: str, login: str) -> str:
        """Somebody says on that page that they are `login`; path and query of the callback."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        code = f"code-{len(self.challenges)}-{re.sub('[^a-z]', '', login)}"
        self.challenges[code] = asked["code_challenge"], login
        return f"/signed-in?code={code}&state={asked['state']}"
