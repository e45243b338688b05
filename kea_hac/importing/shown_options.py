"""Options of an answer: what config-get shows of one that carries sub-options is more than a file may say of it.

Kea prints an option that the configuration defines itself (v4 43) under the configuration's name, with the sub-options of its
space behind its own value. It would cut them off if it loaded that (seen on 2.6.3 and 3.0.4). In: the configuration of an
answer. Out: the same, with the option's own value, as far as Kea would show the answer again.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.config_get import predict
from kea_hac.kea.option_definitions import definition
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import KeaVersion

_DEFINITIONS, _OPTIONS = "option-def", "option-data"


def own_values(daemon: Daemon, config: Block, version: KeaVersion, host: Platform | None) -> Block:
    """The configuration with the options' own values. The same object where nothing is shown twice."""
    definitions = config.get(_DEFINITIONS)
    defined = definitions if isinstance(definitions, list) else []
    result: Block = _within(config, defined, daemon, version, host)
    return result


def _within(value: Json, defined: list[Json], daemon: Daemon, version: KeaVersion, host: Platform | None) -> Json:
    if isinstance(value, list):
        items = [_within(item, defined, daemon, version, host) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if not isinstance(value, Block):
        return value
    own = value.get(_DEFINITIONS)
    known = [*defined, *own] if isinstance(own, list) and own is not defined else defined
    result = {key: _within(item, known, daemon, version, host) for key, item in value.items() if key != _OPTIONS}
    options = value.get(_OPTIONS)
    if isinstance(options, list):
        result[_OPTIONS] = _own(options, known, daemon, version, host) if known else options
    if all(result[key] is item for key, item in value.items()):
        return value
    copy = value.copy_of()
    copy.update(result)
    return copy


def _own(
    options: list[Json], defined: list[Json], daemon: Daemon, version: KeaVersion, host: Platform | None
) -> list[Json]:
    """One list of options. `defined`: the definitions that hold for it."""

    def shown(trial: list[Json], number: int) -> Json:
        result = predict(daemon, Block((), {_DEFINITIONS: defined, _OPTIONS: trial}), version, host).get(_OPTIONS)
        entry = result[number] if isinstance(result, list) and number < len(result) else None
        return entry.get("data") if isinstance(entry, dict) else None

    result = list(options)
    for number, entry in enumerate(options):
        data = entry.get("data") if isinstance(entry, Block) and entry.get("csv-format") is False else None
        if not isinstance(entry, Block) or not isinstance(data, str) or shown(result, number) == data:
            continue
        for candidate in _candidates(entry, data, daemon, version):
            trial = [*result[:number], candidate, *result[number + 1 :]]
            if shown(trial, number) == data:
                result = trial
                break
    return options if all(new is old for new, old in zip(result, options, strict=True)) else result


def _candidates(entry: Block, data: str, daemon: Daemon, version: KeaVersion) -> Iterator[Block]:
    """The entry without data, under the name that it has and under that of Kea's own definition; and with fewer bytes of its data."""
    bare = entry.copy_of()
    del bare["data"]
    del bare["csv-format"]
    yield bare
    space, code = entry.get("space", daemon.name), entry.get("code")
    standard = definition(daemon.family or 4, str(space), code, version.branch) if isinstance(code, int) else None
    if standard is not None and standard.name != entry.get("name"):
        named = {key: item for key, item in bare.items() if key != "code"}  # by its code Kea finds the other definition
        yield Block(bare.at, {**named, "name": standard.name}, bare.moved)
    for length in range(2, len(data), 2):
        shorter = entry.copy_of()
        shorter["data"] = data[:length]
        yield shorter
