"""Kubernetes quantities: `250m`, `1Gi`, `2`, `1e3`; read exactly, and written as a real server writes them in its messages. Used by `limits` and `quota`.

Source: k8s.io/apimachinery/pkg/api/resource. Left out: rounding up to whole nanos, the cap at 2^63 - 1
(numbers of more than 24 digits are refused).
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

from twin.cluster.apiserver.errors import bad_request

_DECIMAL = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
"""Suffix by power of ten."""
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
"""Suffix by power of 1024."""
_UNIT = Decimal(1024)
_FACTORS = {suffix: Decimal(10) ** power for power, suffix in _DECIMAL.items()} | {suffix: Decimal(1024) ** power for power, suffix in enumerate(_BINARY)}
_EXACT = Context(prec=80)
_TEXT = re.compile(r"(?P<number>[+-]?(?:[0-9]{1,24}\.?[0-9]{0,24}|\.[0-9]{1,24}))(?:(?P<suffix>[numkMGTPE]|[KMGTPE]i)|[eE](?P<exponent>[+-]?[0-9]{1,2}))?")


@dataclass(frozen=True)
class Quantity:
    """`notation` is how it was written, and will be."""

    amount: Decimal
    notation: Literal["decimal", "binary", "exponent"] = "decimal"

    def __str__(self) -> str:
        """The canonical form: the largest unit in which the number is whole. Binary units aren't used below 1024."""
        if self.notation == "binary" and abs(self.amount) >= 1024:
            return _binary(self.amount)
        return _decimal(self.amount, exponent=self.notation == "exponent")

    def __add__(self, other: "Quantity") -> "Quantity":
        """In the notation of the first, unless that is nothing."""
        return Quantity(_EXACT.add(self.amount, other.amount), self.notation if self.amount else other.notation)


NOTHING = Quantity(Decimal())
ONE = Quantity(Decimal(1))


def parse(text: str) -> Quantity:
    """Bad request when `text` is no quantity."""
    found = _TEXT.fullmatch(text)
    if not found:
        raise bad_request(f"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$': {text!r}")
    number, suffix = Decimal(found["number"]), found["suffix"] or ""
    if found["exponent"]:
        return Quantity(_EXACT.scaleb(number, int(found["exponent"])), "exponent")
    return Quantity(_EXACT.multiply(number, _FACTORS[suffix]), "binary" if suffix.endswith("i") else "decimal")


def _decimal(amount: Decimal, *, exponent: bool) -> str:
    if not amount:
        return "0"
    power = int(_EXACT.normalize(amount).as_tuple().exponent) // 3 * 3
    if not exponent:
        power = min(max(power, min(_DECIMAL)), max(_DECIMAL))
    number = f"{_EXACT.normalize(_EXACT.scaleb(amount, -power)):f}"
    return number + (f"e{power}" if exponent and power else _DECIMAL.get(power, ""))


def _binary(amount: Decimal) -> str:
    power = 0
    while power < len(_BINARY) - 1 and _EXACT.remainder(amount, _UNIT) == 0:
        amount, power = _EXACT.divide(amount, _UNIT), power + 1
    return f"{_EXACT.normalize(amount):f}{_BINARY[power]}"
