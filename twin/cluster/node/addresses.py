"""Which address the next pod gets. Used by `agent`."""

import ipaddress


class NoAddressLeft(Exception):
    """Every address of the range belongs to a pod."""


class Addresses:
    """Goes through the range in order, so that an address is used again only after all others: a late client of a gone pod reaches nobody.

    Never given: the first address, the last one, and the one before it, which the stack's reservation listens on.
    """

    def __init__(self, network: ipaddress.IPv4Network) -> None:
        if network.num_addresses < 8:
            raise ValueError(f"{network} has no room for pods")
        self._first = int(network.network_address) + 1
        self._count = network.num_addresses - 3
        self._next = 0
        self._taken: set[str] = set()

    def take(self) -> str:
        """NoAddressLeft when all are in use."""
        for _ in range(self._count):
            address = str(ipaddress.IPv4Address(self._first + self._next))
            self._next = (self._next + 1) % self._count
            if address not in self._taken:
                self._taken.add(address)
                return address
        raise NoAddressLeft(f"all {self._count} addresses for pods are in use")

    def give_back(self, address: str) -> None:
        self._taken.discard(address)
