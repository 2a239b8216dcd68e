"""The service's OpenAPI document, taken at its word: schemathesis makes requests of it, good ones and bad ones of every kind.

https://schemathesis.readthedocs.io/en/stable/reference/checks/
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

SERVICE = Path(__file__).parents[2] / "service"
EXAMPLES = 100
CONFORMANCE = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
deterministic = settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def app() -> Iterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SERVICE)
        from sample_app.application import create_app
        from sample_app.settings import read_settings

        yield create_app(read_settings({}))
    for name in [name for name in sys.modules if name.split(".")[0] == "sample_app"]:
        del sys.modules[name]


def cases(app: FastAPI, mode: GenerationMode) -> st.SearchStrategy[Case]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 7
    return st.one_of([operation.as_strategy(generation_mode=mode) for operation in operations])


def test_a_request_that_fits_the_description_is_answered_as_described(app: FastAPI) -> None:
    @deterministic
    @given(case=cases(app, GenerationMode.POSITIVE))
    def asked(case: Case) -> None:
        case.call_and_validate(checks=[*CONFORMANCE, positive_data_acceptance])

    asked()


def test_a_bad_request_of_any_kind_is_refused_with_a_problem(app: FastAPI) -> None:
    statuses: set[int] = set()

    @deterministic
    @given(case=cases(app, GenerationMode.NEGATIVE))
    def asked(case: Case) -> None:
        answer: Any = case.call()
        case.validate_response(answer, checks=[*CONFORMANCE, negative_data_rejection])
        statuses.add(answer.status_code)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"]

    asked()
    assert statuses >= {400, 422}
