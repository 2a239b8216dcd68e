"""The Authorization header of a request → the user who sent it. Called by `http` for every request that isn't a health check.

Bearer tokens only, of three kinds: those of the kubeconfigs that this server wrote, EKS tokens, and those of service accounts.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace

from twin.cluster.apiserver.access.eks_tokens import EksTokens
from twin.cluster.apiserver.access.presigned import PREFIX
from twin.cluster.apiserver.access.service_account_tokens import ServiceAccountTokens, looks_like_one
from twin.cluster.apiserver.access.user import AUTHENTICATED, User
from twin.cluster.apiserver.errors import unauthorized


class Authenticator:
    """`tokens` are those of `kubeconfigs`."""

    def __init__(self, tokens: Mapping[str, User], eks: EksTokens, accounts: ServiceAccountTokens) -> None:
        self._tokens = [(token.encode(), user) for token, user in tokens.items()]
        self._eks = eks
        self._accounts = accounts

    async def user_of(self, authorization: str) -> User:
        """`authorization` is the header's value, empty for none. Unauthorized for a token that nobody has; unavailable when STS can't be asked."""
        scheme, _, rest = authorization.strip().partition(" ")
        token = rest.strip()
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("no bearer token")
        if token.startswith(PREFIX):
            user = await self._eks.user_of(token)
        else:
            user = self._accounts.user_of(token) if looks_like_one(token) else self._known(token)
        return replace(user, groups=user.groups | {AUTHENTICATED})

    def _known(self, token: str) -> User:
        """Compares with every token in constant time, so that the time taken tells nothing about any of them."""
        sent, found = token.encode(errors="surrogateescape"), None
        for known, user in self._tokens:
            if hmac.compare_digest(known, sent):
                found = user
        if found is None:
            raise unauthorized("unknown bearer token")
        return found
