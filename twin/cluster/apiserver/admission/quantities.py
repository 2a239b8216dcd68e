"""Kubernetes quantities: `250m`, `1Gi`, `2`, `1e3`. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""

import re
from decimal import Decimal

from twin.cluster.apiserver.errors import bad_request

_DECIMAL = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1), "k": Decimal(10) ** 3, "M": Decimal(10) ** 6}
_DECIMAL |= {"G": Decimal(10) ** 9, "T": Decimal(10) ** 12, "P": Decimal(10) ** 15, "E": Decimal(10) ** 18}
_BINARY = {f"{letter}i": Decimal(1024) ** (power + 1) for power, letter in enumerate("KMGTPE")}
_FACTORS = _DECIMAL | _BINARY
_NOTATION = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)")


def parse(quantity: str) -> Decimal:
    """The exact amount. Bad request when it is none."""
    found = _NOTATION.fullmatch(quantity)
    if found and found[2] in _FACTORS:
        return Decimal(found[1]) * _FACTORS[found[2]]
    raise bad_request(f"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$': {quantity!r}")


def written(amount: Decimal, like: str = "") -> str:
    """In the notation of `like` where that is exact: binary suffixes for binary ones, `m` for parts of one."""
    if like.endswith("i"):
        for suffix, factor in reversed(_BINARY.items()):
            if amount and amount % factor == 0:
                return f"{int(amount / factor)}{suffix}"
    if amount == amount.to_integral_value():
        return str(int(amount))
    return f"{int(amount * 1000)}m"
