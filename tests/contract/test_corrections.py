"""The list of corrections and their proofs."""

import ast
from pathlib import Path

import pytest

from twin.corrections.catalogue import CORRECTIONS, install

PROOFS = Path(__file__).parent


def _proven() -> set[str]:
    trees = [ast.parse(path.read_text()) for path in PROOFS.rglob("test_*.py")]
    decorators = [decorator for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for decorator in node.decorator_list]
    calls = [call for call in decorators if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "needs"]
    return {str(argument.value) for call in calls for argument in call.args if isinstance(argument, ast.Constant)}


def test_every_correction_has_a_test_that_fails_without_it() -> None:
    assert _proven() == {correction.name for correction in CORRECTIONS}


def test_every_correction_names_the_version_and_what_was_seen() -> None:
    assert all(correction.library == "moto 5.2.5" and correction.seen for correction in CORRECTIONS)


def test_a_correction_that_is_not_there_cannot_be_switched_off() -> None:
    with pytest.raises(ValueError, match="no such correction: nonsense"):
        install(without=["nonsense"])
