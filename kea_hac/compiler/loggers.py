"""Log files: names without directory become full paths. stdout, stderr and syslog are no files (Kea ARM, 'The output Option')."""

from __future__ import annotations

from collections.abc import Callable

from kea_hac.kea.config import Block, Json

_NO_FILE = ("stdout", "stderr", "syslog")


def named_loggers(config: Block, name: Callable[[str], str]) -> None:
    """Give each log file of a Block its `name`, in place. The caller must have created the Block: shared Blocks are never changed."""
    if isinstance(config.get("loggers"), list):
        config["loggers"] = [
            _logger(logger, name) if isinstance(logger, Block) else logger for logger in config["loggers"]
        ]


def _logger(logger: Block, name: Callable[[str], str]) -> Block:
    outputs = logger.get("output-options")
    if not isinstance(outputs, list):
        return logger
    result = logger.copy_of()
    result["output-options"] = [_output(output, name) for output in outputs]
    return result


def _output(output: Json, name: Callable[[str], str]) -> Json:
    written = output.get("output") if isinstance(output, Block) else None
    if not isinstance(written, str) or written in _NO_FILE or written.startswith("syslog:"):
        return output
    result = output.copy_of()
    result["output"] = name(written)
    return result
