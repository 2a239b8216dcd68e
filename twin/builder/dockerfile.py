"""A Dockerfile's instructions, with build arguments and variables put in.

Imitates as much of https://docs.docker.com/reference/dockerfile/ as a service's Dockerfile needs: comments, continued lines,
`$NAME` and `${NAME}`. Leaves out parser directives, heredocs, `${NAME:-default}` and the old `ENV NAME value`.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.builder import BuildBroken

_IN_WORDS = {"ARG", "ENV", "LABEL", "WORKDIR", "USER", "EXPOSE", "COPY"}
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")


@dataclass(frozen=True)
class Instruction:
    """`words` are unquoted, with every variable replaced; only of instructions in which Docker replaces them."""

    name: str
    text: str
    words: Sequence[str] = ()

    def pairs(self) -> Mapping[str, str]:
        """The `NAME=value` of ENV and LABEL."""
        found = [word.partition("=") for word in self.words]
        if not all(equals for _, equals, _ in found):
            raise BuildBroken("image", f"{self.name} has to be NAME=value")
        return {name: value for name, _, value in found}

    def json_list(self) -> Sequence[str]:
        """The exec form of ENTRYPOINT and CMD; the shell form needs a shell in the image, which has none."""
        try:
            words = json.loads(self.text)
        except ValueError as error:
            raise BuildBroken("image", f"{self.name} has to be a JSON list") from error
        return [str(word) for word in words]


def instructions(text: str, build_arguments: Mapping[str, str]) -> Sequence[Instruction]:
    """All instructions but ARG, in order. A variable that isn't in scope is empty, as in Docker."""
    found: list[Instruction] = []
    variables: dict[str, str] = {}
    for name, rest in _split(text):
        instruction = Instruction(name, rest, _words(name, rest, variables) if name in _IN_WORDS else ())
        match name:
            case "FROM":
                variables = {}
            case "ENV":
                variables |= instruction.pairs()
            case "ARG":
                for word in instruction.words:
                    argument, _, default = word.partition("=")
                    variables[argument] = build_arguments.get(argument, default)
                continue
        found.append(instruction)
    return found


def _words(name: str, text: str, variables: Mapping[str, str]) -> Sequence[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BuildBroken("image", f"{name} has an open quotation") from error
    if not words:
        raise BuildBroken("image", f"{name} says nothing")
    return [_VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), word) for word in words]


def _split(text: str) -> Sequence[tuple[str, str]]:
    """Names and what follows them. A comment between continued lines isn't part of the instruction."""
    lines = "\n".join(line.rstrip() for line in text.splitlines() if not line.lstrip().startswith("#"))
    parts = (line.strip().partition(" ") for line in lines.replace("\\\n", " ").splitlines() if line.strip())
    return [(name.upper(), rest.strip()) for name, _, rest in parts]
