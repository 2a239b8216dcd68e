"""Image references: `HOST/REPOSITORY:TAG@sha256:DIGEST`, of which host, tag and digest may be missing. Used by `images`.

https://github.com/distribution/reference/blob/main/reference.go
"""

import re
from dataclasses import dataclass

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:))(?::[0-9]+)?"
_REFERENCE = re.compile(
    rf"(?:(?P<host>{_HOST})/)?(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?"
)


@dataclass(frozen=True)
class Reference:
    """`name` is host and repository as they were written. `digest` is empty when the tag decides."""

    name: str
    repository: str
    tag: str
    digest: str


def parse_reference(text: str) -> Reference:
    """ValueError when it is malformed. Neither tag nor digest means the tag `latest`."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise ValueError(f'couldn\'t parse image name "{text}": invalid reference format')
    host = f"{found['host']}/" if found["host"] else ""
    return Reference(host + found["repository"], found["repository"], found["tag"] or "latest", found["digest"] or "")
