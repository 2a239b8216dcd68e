"""What two stacks must not share is reserved by one, and free again when that one is gone."""

import os
import socket
from pathlib import Path

import pytest

from twin.processes import free_port
from twin.stack.reservation import Reservation, Taken, reserve
from twin.stack.settings import Ports


def give_back(reservation: Reservation) -> None:
    for descriptor in reservation.descriptors:
        os.close(descriptor)


def test_two_stacks_get_different_ranges_and_ports(tmp_path: Path) -> None:
    one, two = reserve(tmp_path, "one", None), reserve(tmp_path, "two", None)
    try:
        assert one.network != two.network
        assert not {*vars(one.ports).values()} & {*vars(two.ports).values()}
    finally:
        give_back(one)
        give_back(two)


def test_a_name_is_taken_until_its_holder_is_gone(tmp_path: Path) -> None:
    first = reserve(tmp_path, "one", None)
    with pytest.raises(Taken, match=f"the stack 'one' is running already \\(process {os.getpid()}\\)"):
        reserve(tmp_path, "one", None)
    give_back(first)
    give_back(reserve(tmp_path, "one", None))


def test_a_fixed_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        used = other.getsockname()[1]
        with pytest.raises(Taken, match=f"port {used} on 127.0.0.1 is in use"):
            reserve(tmp_path, "one", Ports(free_port(), used, free_port(), free_port(), free_port(), free_port()))


@pytest.mark.parametrize("name", ["", "Upper", "../elsewhere", "-dash", "x" * 41])
def test_a_name_that_is_no_folder_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Taken, match="can't be the name of a stack"):
        reserve(tmp_path, name, None)
