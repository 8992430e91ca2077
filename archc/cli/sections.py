"""A command whose help shows its options in sections."""

from collections.abc import Mapping

import click


class Sectioned(click.Command):
    """`sections` has the names of options by the title of their section; the others come last."""

    def __init__(self, *args: object, sections: Mapping[str, tuple[str, ...]], **rest: object):
        super().__init__(*args, **rest)  # type: ignore[arg-type]
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes a section a title, and then the rest."""
        records = {p.name: p.get_help_record(ctx) for p in self.get_params(ctx)}
        named = {name for names in self.sections.values() for name in names}
        rest = tuple(name for name in records if name not in named and name is not None)
        for title, names in {**self.sections, "More": rest}.items():
            rows = [row for name in names if (row := records.get(name)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
