"""Which headers pass a reverse proxy, and which it adds. Pure; used by `proxy`.

https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
"""

from collections.abc import Mapping

from multidict import CIMultiDict, CIMultiDictProxy

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


def end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Without those that are meant for the next hop only, `Connection` and whatever it names among them."""
    named = {name.strip().lower() for value in headers.getall("Connection", []) for name in value.split(",")}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | named)


def forwarded(headers: CIMultiDictProxy[str], client: str, port: int) -> Mapping[str, str]:
    """The request's headers as a target gets them: the client's address is appended to X-Forwarded-For, the other two are the load balancer's own word.

    `Expect` is left out: the proxy has answered it already.
    """
    passed = end_to_end(headers)
    passed.popall("Expect", None)
    passed["X-Forwarded-For"] = ", ".join([*passed.getall("X-Forwarded-For", []), client])
    passed["X-Forwarded-Proto"] = "http"
    passed["X-Forwarded-Port"] = str(port)
    return passed
