"""Puts a bug into the code for the length of a test, wherever the code is used: the function keeps its identity and gets another body."""

import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest


def plant(monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], *changes: tuple[str, str]) -> None:
    """What is right stands once in the function, before what is wrong; or this fails: whoever rewrites the function plants the bug anew."""
    inner: Any = inspect.unwrap(function)
    module = sys.modules[inner.__module__]
    source = inspect.getsource(module)
    body = inspect.getsource(inner)
    assert source.count(body) == 1
    sick = body
    for right, wrong in changes:
        assert body.count(right) == 1, f"{inner.__qualname__} hasn't {right!r} once"
        sick = sick.replace(right, wrong)
    rewritten = types.ModuleType(module.__name__)
    exec(compile(source.replace(body, sick), str(module.__file__), "exec"), rewritten.__dict__)
    changed: Any = rewritten
    for name in inner.__qualname__.split("."):
        changed = getattr(changed, name)
    monkeypatch.setattr(inner, "__code__", inspect.unwrap(changed).__code__)
