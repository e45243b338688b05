"""An option as people write it: by name, its value as a string, without keys that follow from the name."""

from __future__ import annotations

from kea_hac.kea.config import Block, Json
from kea_hac.kea.option_definitions import OptionDefinition, own_space, standard_definition
from kea_hac.kea.option_text import text_of
from kea_hac.kea.version import Branch
from kea_hac.records import dataclass

_FIRST = ("name", "data")


@dataclass(frozen=True, slots=True)
class Options:
    """The options that one daemon of one version defines by itself."""

    family: int
    branch: Branch
    defined: Json
    """`option-def` of the configuration: options that it defines stay as they are."""

    def named(self, entry: Block) -> Block:
        """One item of `option-data`; the same one where nothing can be simplified."""
        known = self._definition(entry)
        if known is None:
            return entry
        data, csv = entry.get("data"), entry.get("csv-format", True)
        text = data
        if csv is False:
            text = text_of(known, data) if isinstance(data, str) else None
        drop = {"space", "code"} | ({"csv-format"} if csv is True or text is not None else set())
        if "name" in entry and not drop & entry.keys():
            return entry
        result = Block(entry.at, moved=entry.moved)
        result.put("name", known.name, entry.where("name" if "name" in entry else "code"))
        if "data" in entry:
            result.put("data", text if text is not None else data, entry.where("data"))
        for key, value in entry.items():
            if key not in _FIRST and key not in drop:
                result.put(key, value, entry.where(key))
        return result

    def _definition(self, entry: Block) -> OptionDefinition | None:
        space = own_space(self.family)
        if entry.get("space", space) != space:
            return None
        by_code = standard_definition(self.family, space, entry["code"], self.branch) if "code" in entry else None
        by_name = standard_definition(self.family, space, entry["name"], self.branch) if "name" in entry else None
        known = by_code or by_name
        if known is None or ("code" in entry and by_code is None) or ("name" in entry and by_name is not known):
            return None
        for each in self.defined if isinstance(self.defined, list) else ():
            if isinstance(each, dict) and known.code == each.get("code") and each.get("space", space) == space:
                return None
        return known
