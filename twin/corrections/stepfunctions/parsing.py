"""Reading definitions of state machines and their paths."""

from copy import deepcopy
from functools import lru_cache
from typing import Any

from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
_parsed = lru_cache(maxsize=64)(AmazonStateLanguageParser.parse)


@correction(MOTO, seen="every execution parses its definition anew, and creating a state machine does it twice: 150 ms each for 50 states")
def a_definition_is_parsed_once(patches: Patches) -> None:
    """Each caller gets a copy of the program, which keeps counts while it runs; the parse tree is only looked at."""

    def parse(definition: str) -> tuple[Any, Any]:
        program, tree = _parsed(definition)
        return deepcopy(program), tree

    patches.replace(AmazonStateLanguageParser, "parse", staticmethod(parse))


@correction(MOTO, seen="every path of every state is parsed anew whenever it is evaluated, and the parser builds its tables anew each time: some ms")
def a_path_is_parsed_once(patches: Patches) -> None:
    """A parsed path is only ever asked, so all executions share it."""
    for module in (json_path, result_path):
        patches.replace(module, "parse", lru_cache(maxsize=2048)(module.parse))
