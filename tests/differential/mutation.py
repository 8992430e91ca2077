"""python -m tests.differential.mutation: plants faults in the shape rules, one at a time, and shows
which of them the drawn layers and the random networks notice."""

import argparse
import ast
import contextlib
import copy
import os
import random
import signal
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import NamedTuple

# Before archc, which each child imports anew with a fault in it.
import torch
import torchvision  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = (*sorted((ROOT / "archc" / "layers").glob("*.py")), ROOT / "archc/elaborate/merges.py")
NO_RULES = frozenset({"base.py", "declare.py", "code.py", "kinds.py", "values.py", "initial.py",
                      "settled.py", "__init__.py", "tokens.py", "foreign.py"})  # fmt: skip
"""Files without rules of shapes that these tests are about."""

DRAWS = 600
NETWORKS = 4000
SECONDS = 300
SEED = 1


class Fault(NamedTuple):
    """A fault: where, and what stands there with and without it."""

    path: Path
    line: int
    before: str
    after: str
    tree: ast.Module


def faults() -> list[Fault]:
    """All faults that can be planted."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PLACES}
    rules = {path: list(_rules(tree)) for path, tree in trees.items()}
    reached = _reached([rule for found in rules.values() for rule in found])
    return [
        fault
        for path, tree in trees.items()
        if path.name not in NO_RULES
        for rule in rules[path]
        if rule.name in reached
        for fault in _faults_in(path, tree, rule)
    ]


def _reached(rules: list[ast.FunctionDef]) -> set[str]:
    """The names of those functions that decide something. What only advice is made of is called
    in refusals alone."""
    outside = (path for path in (ROOT / "archc").rglob("*.py") if path not in PLACES)
    reached = {_name(n) for path in outside for n in ast.walk(ast.parse(path.read_bytes()))}
    while True:
        found = {
            _name(node) for rule in rules if rule.name in reached for node in _computing(rule, rule)
        }
        if found <= reached:
            return reached
        reached |= found


def _name(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def _faults_in(path: Path, tree: ast.Module, rule: ast.FunctionDef) -> Iterator[Fault]:
    for node in _computing(rule, rule):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            place = _same(mutated, node)
            before, _, _ = ast.unparse(node).partition(":\n")
            change(place)
            after, _, _ = ast.unparse(place).partition(":\n")
            yield Fault(path, node.lineno, before, after, mutated)


def _rules(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions that compute or check shapes and tensors."""
    no_rule = ("code", "window", "growth", "macs", "macs_once", "indices", "term", "by", "short")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            if node.returns is not None and "str" in ast.unparse(node.returns):
                continue
            words = ("help", "fitting", "window", "unlike", "listed", "everywhere", "options")
            if node.name not in no_rule and not any(word in node.name for word in words):
                yield node
            if node.name == "refuse_larger_window":
                yield node


def _computing(node: ast.AST, function: ast.FunctionDef) -> Iterator[ast.expr | ast.If]:
    """What computes in a function: not what only messages are made of, nor types."""
    return _parts(node, function, _wording(function))


def _parts(
    node: ast.AST, function: ast.FunctionDef, wording: set[ast.Assign]
) -> Iterator[ast.expr | ast.If]:
    for child in node.body if node is function else ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise | ast.FunctionDef | ast.JoinedStr):
            continue
        if child in wording or (isinstance(child, ast.Call) and _refuses(child)):
            continue
        if _changes_nothing(child):
            continue
        if isinstance(child, ast.expr | ast.If):
            yield child
        yield from _parts(child, function, wording)


def _changes_nothing(node: ast.AST) -> bool:
    """Whether no fault in a part would change anything: how many there are does not hang on their
    order, and branches that have to agree are one as good as the other."""
    return (isinstance(node, ast.Call) and _name(node.func) == "len") or (
        isinstance(node, ast.Subscript) and ast.unparse(node) == "shapes[0]"
    )


def _refuses(node: ast.AST) -> bool:
    """Whether a part of a function makes a refusal."""
    if isinstance(node, ast.Raise):
        return True
    name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    return name in ("refuse_nothing_left", "refuse_port", "Mismatch")


def _wording(function: ast.FunctionDef) -> set[ast.Assign]:
    """The assignments that nothing but refusals reads, or other such assignments."""
    assigns = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    wording: set[ast.Assign] = set()
    while True:
        read = {node.id for node in _read(function, wording)}
        found = {assign for assign in assigns if not read & _targets(assign)}
        if found == wording:
            return wording
        wording = found


def _targets(assign: ast.Assign) -> set[str]:
    nodes = (node for target in assign.targets for node in ast.walk(target))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _read(node: ast.AST, wording: set[ast.Assign]) -> Iterator[ast.Name]:
    for child in ast.iter_child_nodes(node):
        if _refuses(child) or isinstance(child, ast.JoinedStr) or child in wording:
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
            yield child
        yield from _read(child, wording)


_FLIPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_SWAPS: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}  # fmt: skip


def _changes(node: ast.expr | ast.If) -> Iterator[object]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _FLIPS:
        flipped = _FLIPS[type(node.ops[0])]
        yield lambda n: n.ops.__setitem__(0, flipped())
    if isinstance(node, ast.BinOp) and type(node.op) in _SWAPS:
        swapped = _SWAPS[type(node.op)]
        yield lambda n: setattr(n, "op", swapped())
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield lambda n: setattr(n, "value", n.value + 1)
    if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Raise):
        yield lambda n: setattr(n, "test", ast.Constant(False))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        other = {"all": "any", "any": "all", "max": "min", "min": "max"}.get(node.func.id)
        if other:
            yield lambda n: setattr(n.func, "id", other)
    if isinstance(node, ast.Attribute) and node.attr in ("dims", "positions"):
        # Swapped axes.
        yield _reversed
    # Names on the left of an `=` or a `for` only say which is which.
    read = isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load)
    if (
        isinstance(node, ast.Tuple)
        and read
        and len({*map(ast.unparse, node.elts)}) == 2 == len(node.elts)
    ):
        yield lambda n: n.elts.reverse()


def _reversed(node: ast.Attribute) -> None:
    """`x.dims` becomes `x.dims[::-1]` in its place."""
    node.value = copy.copy(node)
    node.__class__ = ast.Subscript  # type: ignore[assignment]
    node.slice = ast.Slice(step=ast.UnaryOp(ast.USub(), ast.Constant(1)))  # type: ignore[attr-defined]


def _same(tree: ast.AST, node: ast.AST) -> ast.AST:
    """The node of a copy at the place of another."""
    place = (type(node), node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
    return next(
        other
        for other in ast.walk(tree)
        if hasattr(other, "lineno")
        and (type(other), other.lineno, other.col_offset, other.end_lineno, other.end_col_offset)  # type: ignore[attr-defined]
        == place
    )


def noticed(fault: Fault | None) -> str:
    """What notices a fault, in a process of its own: `import`, `layers`, `networks`, `time`; empty
    where nothing does."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
            os.write(writing, _tried(fault).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return "time" if os.WIFSIGNALED(status) else said


def _tried(fault: Fault | None) -> str:
    # Of processor time, which does not hang on what else runs.
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    torch.set_num_threads(1)
    if fault is not None:
        _plant(fault)
    try:
        from test_layers_oracle import assert_agrees

        from archc.layers import LAYERS

        from .__main__ import judge
    except Exception:
        return "import"
    module = "" if fault is None else f"archc.layers.{fault.path.stem}"
    try:
        for declared in LAYERS.values():
            if declared.__module__ == module:
                assert_agrees(declared, DRAWS, SEED)
    except Exception:
        return "layers"
    except BaseException:  # pytest's own
        return "layers"
    for number in range(NETWORKS):
        verdict = judge(SEED, number)
        if verdict is not None and verdict.wrong:
            return "networks"
    return ""


def _plant(fault: Fault) -> None:
    code = compile(ast.fix_missing_locations(fault.tree), str(fault.path), "exec")
    plain = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        return code if Path(self.path) == fault.path else plain(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential.mutation")
    parser.add_argument("--count", type=int, default=60, help="how many faults")
    parser.add_argument("--seed", type=int, default=1, help="of which ones")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    assert not any(name.startswith("archc") for name in sys.modules)
    chosen = random.Random(options.seed).sample(faults(), options.count)
    clean = noticed(None)
    if clean:
        print(f"without any fault something is noticed already, by {clean}")
        return 1
    missed = 0
    for fault in sorted(chosen, key=lambda fault: (fault.path.name, fault.line)):
        by = noticed(fault)
        missed += not by
        where = f"{fault.path.name}:{fault.line}"
        print(f"{where:20} {by or 'MISSED':9} {fault.before}  ->  {fault.after}", flush=True)
    share = 1 - missed / len(chosen)
    print(f"{len(chosen) - missed} of {len(chosen)} faults noticed, {share:.0%}")
    return int(share < 0.95)


if __name__ == "__main__":
    sys.exit(main())
