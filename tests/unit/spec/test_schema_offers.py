"""What an editor offers is what the spec takes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kea_hac.spec.schema import spec_schema
from tests.specs import build

SPEC = """
kea-hac: 1
pair: office
kea: {kea}
platform: debian
servers: [{{name: s1, address: 192.0.2.1, interfaces: {{lan: eth0}}}}]
dhcp4: {{subnet4: [{{id: 9, subnet: 203.0.113.0/24}}]}}
"""
DEFINITIONS: dict[str, Any] = spec_schema()["$defs"]


def filled(body: Any) -> Any:
    """A snippet as an editor leaves it, with the proposals in their places."""
    if isinstance(body, dict):
        return {key: filled(value) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(each) for each in body]
    text = re.sub(r"\$\{\d+:([^}]*)\}", r"\1", body)
    return re.sub(r"\$\{\d+\|([^,|]*)[^}]*\}", r"\1", text)


def test_names_of_options_and_classes_are_offered() -> None:
    assert {"routers", "domain-name-servers"} <= set(DEFINITIONS["option-data"]["properties"]["name"]["examples"])
    assert "dns-servers" in DEFINITIONS["dhcp6.option-data"]["properties"]["name"]["examples"]
    assert ["KNOWN"] in DEFINITIONS["pool"]["properties"]["client-classes"]["examples"]
    assert "examples" not in DEFINITIONS["Dhcp4"]["properties"]["client-classes"]
    assert {"2.6", "3.0"} <= set(DEFINITIONS["kea"]["anyOf"][0]["enum"])


@pytest.mark.parametrize("number", [0, 1])
def test_a_snippet_of_a_subnet_builds(number: int) -> None:
    body = filled(DEFINITIONS["subnet4"]["defaultSnippets"][number]["body"]) | {"id": 1}
    text = SPEC.format(kea="2.6").replace("{id: 9, subnet: 203.0.113.0/24}", repr(body).replace("'", '"'))
    assert build(text).files


def test_every_snippet_has_keys_of_its_map() -> None:
    found = 0
    for definition in DEFINITIONS.values():
        for snippet in definition.get("defaultSnippets", ()):
            assert snippet["body"].keys() <= definition["properties"].keys()
            found += 1
    assert found >= 8
