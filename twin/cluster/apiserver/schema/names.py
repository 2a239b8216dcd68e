"""What names may look like, and a real server's words for those that don't. Used by `rules` and `faults`.

Source: k8s.io/apimachinery/pkg/util/validation.
"""

import re
from dataclasses import dataclass

_ENDS = "and must start and end with an alphanumeric character"


@dataclass(frozen=True)
class Format:
    """`description` is how the message begins, `examples` what it shows."""

    pattern: str
    longest: int
    description: str
    examples: str

    def faults(self, name: str) -> list[str]:
        """In an order that a real server has, too."""
        found = [f"must be no more than {self.longest} characters"] if len(name) > self.longest else []
        if not re.fullmatch(self.pattern, name):
            found.append(f"{self.description} (e.g. {self.examples}, regex used for validation is '{self.pattern}')")
        return found


SUBDOMAIN = Format(
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    253,
    f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', {_ENDS}",
    "'example.com'",
)
LABEL = Format(
    "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    63,
    f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', {_ENDS}",
    "'my-name',  or '123-abc'",
)
SERVICE = Format(
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    63,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    "'my-name',  or 'abc-123'",
)
LABEL_VALUE = Format(
    "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
    63,
    f"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', {_ENDS}",
    "'MyValue',  or 'my_value',  or '12345'",
)
CONFIG_KEY = Format(
    "[-._a-zA-Z0-9]+", 253, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "'key.name',  or 'KEY_NAME',  or 'key-name'"
)
