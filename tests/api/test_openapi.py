"""The contract: what it says, and that the web app's copy is it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from postclock.api.v1.content import Registration
from postclock.api.v1.post_wishes import PostWish
from postclock.app import openapi_document

WEB_COPY = Path(__file__).parents[2] / "web" / "openapi.json"
PUBLIC_ERRORS = {"400", "401", "403", "404", "409", "413", "422", "503"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(openapi_document())
    return made


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{verb.upper()} {path}", operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]


def test_the_web_apps_copy_is_fresh() -> None:
    advice = "run: postclock openapi > web/openapi.json (and generate web's types)"
    assert WEB_COPY.read_text() == openapi_document(), advice


def test_it_is_served(client: httpx.Client, document: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json() == document


def test_every_operation_is_described_and_named_once(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    for where, operation in operations(document):
        assert operation["description"], where
        assert operation["tags"], where


def test_every_error_is_a_problem_document(document: dict[str, Any]) -> None:
    shape = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    }
    for where, operation in operations(document):
        errors = {code: r for code, r in operation["responses"].items() if code >= "400"}
        assert set(errors) == PUBLIC_ERRORS, where
        for code, answer in errors.items():
            if (where, code) != ("GET /readyz", "503"):
                assert answer["content"] == shape, (where, code)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_bodies_refuse_what_they_do_not_know(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for where, operation in operations(document):
        body = operation.get("requestBody")
        if body:
            [content] = body["content"].values()
            schema = content["schema"]
            assert schema.get("additionalProperties") is not True, where
            for one in schema.get("anyOf", [schema]):
                if name := one.get("$ref", "").rpartition("/")[2]:
                    assert schemas[name]["additionalProperties"] is False, (where, name)


def test_examples_are_what_the_api_takes(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for model in (PostWish, Registration):
        examples = schemas[model.__name__]["examples"]
        assert examples
        for example in examples:
            TypeAdapter(model).validate_python(example)
    shown = [name for name, schema in schemas.items() if "example" in json.dumps(schema)]
    assert {"PostOut", "ProblemDocument", "CronReport", "AccountOut", "ActivityOut"} <= set(shown)
