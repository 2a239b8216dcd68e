"""Variables (`Assign`, `$name`) and JSONata."""

import json
from typing import Any

import jsonata
from moto.stepfunctions.parser.asl.jsonata import jsonata as evaluation

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"


@correction(MOTO, seen="any JSONata expression, also the variables of a JSONPath machine, ends in 'NoneType' object is not callable")
def jsonata_is_evaluated(patches: Patches) -> None:
    """Expressions are evaluated by `jsonata-python`; a failing one is a JSONataException."""

    def evaluate(expression: str) -> Any:
        try:
            return json.loads(json.dumps(jsonata.Jsonata(expression).evaluate(None)))
        except Exception as error:
            raise evaluation.JSONataException("UNKNOWN", str(error)) from error

    patches.replace(evaluation, "_eval_jsonata", evaluate)
