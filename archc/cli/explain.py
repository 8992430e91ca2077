"""`archc explain`: the page of an error code."""

import click


@click.command()
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain an error: what it means, with an example and its cure.

    Without a CODE all codes are listed.
    """
    from archc.errors.index import pages

    known = pages()
    if code is None:
        for page in known.values():
            print(f"{page.code}  {page.title}")
    elif code.upper() in known:
        from archc.explanation import render_page

        print(render_page(known[code.upper()]), end="")
    else:
        raise click.UsageError(f"there is no code '{code}'; `archc explain` lists them")
