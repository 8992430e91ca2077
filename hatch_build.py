"""What a build adds to the package: the parser's table, made with the lark of the build."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TABLE = "archc/syntax/table.lalr"


class TableHook(BuildHookInterface[Any]):
    """Writes the table beside the parser; it is not kept in git, so it cannot be stale there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        from archc.syntax.grammar import save_table

        save_table()
        build_data["artifacts"].append(TABLE)
