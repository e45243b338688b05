"""Log files: names without directory become full paths. stdout, stderr and syslog are no files (Kea ARM, 'The output Option')."""

from __future__ import annotations

from kea_hac.kea.config import Block, Json
from kea_hac.model.site import Node

_NO_FILE = ("stdout", "stderr", "syslog")


def named_loggers(config: Block, node: Node) -> None:
    """Change the `loggers` of a Block in place. The caller must have created the Block: shared Blocks are never changed."""
    if isinstance(config.get("loggers"), list):
        config["loggers"] = [
            _logger(logger, node) if isinstance(logger, Block) else logger for logger in config["loggers"]
        ]


def _logger(logger: Block, node: Node) -> Block:
    outputs = logger.get("output-options")
    if not isinstance(outputs, list):
        return logger
    made = logger.copy_of()
    made["output-options"] = [_output(output, node) for output in outputs]
    return made


def _output(output: Json, node: Node) -> Json:
    name = output.get("output") if isinstance(output, Block) else None
    if not isinstance(name, str) or name in _NO_FILE or name.startswith("syslog:"):
        return output
    made = output.copy_of()
    made["output"] = node.platform.log_file(name)
    return made
