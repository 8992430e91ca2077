"""From lark's tree to ours."""

import re
from collections.abc import Callable
from typing import Any, NoReturn, cast

from lark import Token, Tree

from archc.diagnostic import Diagnostic
from archc.errors import syntax as errors
from archc.source import Source, Span
from archc.syntax import tree as t

_BREAK = re.compile(r"[ \t]*(#[^\n]*)?\n\s*")
_RESERVED = (*t.SIZES, "body")
_MAX_DEPTH = 200
_MAX_NUMBER = 2**53

Node = Any
"""A lark Tree or Token: lark's children are untyped."""


class Refused(Exception):
    """What the grammar allows and the tree does not."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def build_item(source: Source, parsed: Tree[Token]) -> tuple[t.Item, list[Diagnostic]]:
    """The item of a parse, and slips in it that leave no doubt what is meant. Raises Refused."""
    root = cast("Tree[Token]", parsed.children[0])
    builder = _Builder(source, root)
    item = cast(t.Item, builder.node(root))
    return item, builder.slips


class _Builder:
    """Makes a node of every rule; a method's name is the rule's."""

    def __init__(self, source: Source, item: Tree[Token]) -> None:
        self.source = source
        self.item = self.span(item)
        self.takes_texts = _is_declaration(item)
        self.depth = 0
        self.slips: list[Diagnostic] = []

    def node(self, node: Node) -> Any:
        if isinstance(node, Token):
            raise TypeError(f"no rule for the token {node.type}")
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.refuse(errors.nested_too_deep(self.span(node), _MAX_DEPTH))
        make: Callable[[Span, list[Node]], Any] = getattr(self, f"_{node.data}")
        made = make(self.span(node), node.children)
        self.depth -= 1
        return made

    def maybe(self, node: Node | None) -> Any:
        return None if node is None else self.node(node)

    def nodes(self, nodes: list[Node]) -> tuple[Any, ...]:
        return tuple(self.node(n) for n in nodes if not _is_separator(n))

    def span(self, node: Node) -> Span:
        if isinstance(node, Token):
            return Span(self.source, node.start_pos or 0, node.end_pos or 0)
        if node.meta.empty:
            return Span(self.source, 0, 0)
        return Span(self.source, node.meta.start_pos, node.meta.end_pos)

    def name(self, token: Token, drop: int = 0) -> t.Name:
        """A name token, without the last `drop` letters (the bracket of `name(`)."""
        span = self.span(token)
        return t.Name(span._replace(end=span.end - drop), token[: len(token) - drop])

    def declared(self, token: Token, drop: int = 0, scope: Span | None = None) -> t.Name:
        """A name that something is given; one that expressions read, within `scope`."""
        name = self.name(token, drop)
        if name.name in _RESERVED and not self.source.short:
            self.slips.append(errors.reserved_name(name.span, f"{name.name}_", None))
        elif name.name in _RESERVED:
            from archc.syntax.renaming import another_name, renamed  # where something is wrong

            other = another_name(name.span)
            fix = renamed(name.span, other, scope)
            self.slips.append(errors.reserved_name(name.span, other, fix))
        return name

    def refuse(self, diagnostic: Diagnostic) -> NoReturn:
        raise Refused(diagnostic)

    def number(self, span: Span, text: str) -> int:
        if len(text) > 17 or int(text) > _MAX_NUMBER:
            self.refuse(errors.number_too_large(span))
        return int(text)

    # --- declarations ---

    def _input(self, span: Span, children: list[Node]) -> t.Input:
        *name, shape = children
        named = self.declared(name[0]) if name and name[0] is not None else None
        ids = span.text.split()[-1] == "int"
        return t.Input(span, named, self.node(shape), ids)

    def _param(self, span: Span, children: list[Node]) -> t.Param:
        whole = Span(self.source, 0, len(self.source.text))
        return t.Param(span, self.declared(children[0], scope=whole), self.node(children[1]))

    def _use(self, span: Span, children: list[Node]) -> t.Use:
        target, alias = children
        return t.Use(span, self.node(target), False, self.declared(alias) if alias else None)

    def _use_python(self, span: Span, children: list[Node]) -> t.Use:
        return t.Use(span, self.node(children[0]), True, self.declared(children[1]))

    def _block_plain(self, span: Span, children: list[Node]) -> t.Block:
        return t.Block(span, self.declared(children[0]), (), self.node(children[1]), None)

    def _block(self, span: Span, children: list[Node]) -> t.Block:
        name, parameters, body = children
        return t.Block(span, self.declared(name, 1), self._all(parameters), self.node(body), None)

    def _block_alias(self, span: Span, children: list[Node]) -> t.Block:
        return t.Block(span, self.declared(children[0]), (), None, self.node(children[1]))

    def _block_alias_parameters(self, span: Span, children: list[Node]) -> t.Block:
        name, parameters, step = children
        return t.Block(span, self.declared(name, 1), self._all(parameters), None, self.node(step))

    def _all(self, parameters: Node | None) -> tuple[t.Parameter, ...]:
        return () if parameters is None else self.nodes(parameters.children)

    def _parameter(self, span: Span, children: list[Node]) -> t.Parameter:
        name = self.declared(children[0], scope=self.item)
        return t.Parameter(span, name, self.maybe(children[1]), False)

    def _parameter_rest(self, span: Span, children: list[Node]) -> t.Parameter:
        return t.Parameter(span, self.declared(children[1]), None, True)

    def _train(self, span: Span, children: list[Node]) -> t.Train:
        return t.Train(span, self.node(children[0]))

    # --- steps ---

    def _broken(self, span: Span, children: list[Node]) -> t.Broken:
        return t.Broken(span, "", tuple(children[0].split()))

    def _group(self, span: Span, children: list[Node]) -> t.Group:
        return t.Group(span, self.nodes([child for child in children if child is not None]))

    def _let(self, span: Span, children: list[Node]) -> t.Let:
        rest = span._replace(end=len(self.source.text))
        return t.Let(span, self.declared(children[0], scope=rest), self.node(children[1]))

    def _share(self, span: Span, children: list[Node]) -> t.Share:
        return t.Share(span, self.declared(children[0]), self.node(children[1]))

    def _output(self, span: Span, children: list[Node]) -> t.Output:
        return t.Output(span, self.declared(children[0]), train=len(children) > 1)

    def _tap(self, span: Span, children: list[Node]) -> t.Tap:
        return t.Tap(span, None, self.declared(children[1]))

    def _tapped(self, span: Span, children: list[Node]) -> t.Tap:
        return t.Tap(span, self.node(children[0]), self.declared(children[2]))

    def _default(self, span: Span, children: list[Node]) -> t.Default:
        return t.Default(span, self.name(children[0]), self.nodes(children[1:]))

    def _with(self, span: Span, children: list[Node]) -> t.With:
        name, *arguments, body = children
        return t.With(span, self.name(name), self.nodes(arguments), self.node(body))

    def _labelled(self, span: Span, children: list[Node]) -> t.Labelled:
        name, step = (child for child in children if not _is(child, "COLON"))
        return t.Labelled(span, self.declared(name), self.node(step))

    def _recall(self, span: Span, children: list[Node]) -> t.Recall:
        return t.Recall(span, str(children[0])[1:])

    def _call(self, span: Span, children: list[Node]) -> t.Call:
        name, *arguments, body = children
        return t.Call(span, self.name(name), self.nodes(arguments), self.maybe(body))

    def _merge(self, span: Span, children: list[Node]) -> t.Merge:
        return t.Merge(span, self.name(children[0], 1), self.nodes(children[1:]))

    def _branch(self, span: Span, children: list[Node]) -> t.Branch:
        *steps, test = children
        return t.Branch(span, self.nodes(steps), self.maybe(test))

    def _repeat(self, span: Span, children: list[Node]) -> t.Repeat:
        count, step = (child for child in children if not _is(child, "STAR"))
        return t.Repeat(span, self.node(count), self.node(step))

    def _loop(self, span: Span, children: list[Node]) -> t.Loop:
        names, rows, body = _without_words(children)
        return t.Loop(span, self._names(names, span), self.node(rows), self.node(body))

    def _names(self, names: Node, scope: Span) -> tuple[t.Name, ...]:
        return tuple(self.declared(token, scope=scope) for token in names.children)

    def _condition(self, span: Span, children: list[Node]) -> t.Condition:
        test, then, otherwise = children
        return t.Condition(span, self.node(test), self.node(then), self.maybe(otherwise))

    # --- arguments ---

    def _place(self, span: Span, children: list[Node]) -> t.Argument:
        return t.Argument(span, "place", None, self._tight(span, children[0]))

    def _keyword(self, span: Span, children: list[Node]) -> t.Argument:
        name, value = children
        written = span.text.partition("=")[2].lstrip()
        place = span._replace(start=span.end - len(written))
        return t.Argument(span, "key", str(name), self._tight(place, value))

    def _tight(self, span: Span, node: Node) -> t.Expr:
        """A step's value, written at `span`: a space ends it outside of brackets."""
        value: t.Expr = self.node(node)
        if span == value.span and _is_spaced(value, span.text):
            self.slips.append(errors.spaces_in_value(span))
        return value

    def _inside(self, span: Span, children: list[Node]) -> t.Argument:
        """A function's value: inside its parentheses spaces are free."""
        return t.Argument(span, "place", None, self.node(children[0]))

    def _inside_keyword(self, span: Span, children: list[Node]) -> t.Argument:
        name, value = children
        return t.Argument(span, "key", str(name), self.node(value))

    def _short(self, span: Span, children: list[Node]) -> t.Argument:
        letter, digits = children[0][0], str(children[0][1:])
        inner = span._replace(start=span.start + 1)
        if digits.isdigit():
            value: t.Expr = t.Literal(inner, self.number(inner, digits))
        else:
            value = self._size(inner, [digits])
        return t.Argument(span, "short", letter, value)

    def _rest(self, span: Span, children: list[Node]) -> t.Argument:
        name = self.name(children[1])
        return t.Argument(span, "rest", name.name, name)

    # --- expressions ---

    def _int(self, span: Span, children: list[Node]) -> t.Literal:
        return t.Literal(span, self.number(span, children[0]))

    def _float(self, span: Span, children: list[Node]) -> t.Literal:
        value = float(children[0])
        if value > _MAX_NUMBER:
            self.refuse(errors.number_too_large(span))
        return t.Literal(span, value)

    def _size(self, span: Span, children: list[Node]) -> t.Size:
        parts = str(children[0]).split("x")
        return t.Size(span, tuple(None if p == "?" else self.number(span, p) for p in parts))

    def _string(self, span: Span, children: list[Node]) -> t.Literal | t.Name:
        text = str(children[0])
        if text[0] == "'":
            return self.in_single_quotes(span, text[1:-1])
        if len(text) < 2 or text[-1] != '"':
            if text[1:].isidentifier() and not self.takes_texts:
                self.slips.append(errors.text_never_closed(span, text[1:]))
                return t.Name(span, text[1:])
            self.slips.append(errors.text_never_closed(span, f'{text}"'))
            return t.Literal(span, text[1:])
        return t.Literal(span, text[1:-1])

    def in_single_quotes(self, span: Span, text: str) -> t.Literal | t.Name:
        """`'same'`, as Python writes a word or a text. Layers take words, declarations texts."""
        word = text.isidentifier() and not self.takes_texts
        self.slips.append(errors.single_quotes(span, text if word else f'"{text}"'))
        return t.Name(span, text) if word else t.Literal(span, text)

    def _name(self, span: Span, children: list[Node]) -> t.Name:
        return t.Name(span, str(children[0]))

    _word = _name

    def _at(self, span: Span, children: list[Node]) -> t.At:
        return t.At(span, str(children[0])[1:])

    def _yes(self, span: Span, children: list[Node]) -> t.Literal:
        return t.Literal(span, True)

    def _no(self, span: Span, children: list[Node]) -> t.Literal:
        return t.Literal(span, False)

    def _none(self, span: Span, children: list[Node]) -> t.Literal:
        return t.Literal(span, None)

    def _open(self, span: Span, children: list[Node]) -> t.Open:
        return t.Open(span)

    def _unary(self, span: Span, children: list[Node]) -> t.Unary:
        return t.Unary(span, str(children[0]), self.node(children[1]))

    def _binary(self, span: Span, children: list[Node]) -> t.Binary:
        left, operator, right = children
        return t.Binary(span, str(operator), self.node(left), self.node(right))

    def _ternary(self, span: Span, children: list[Node]) -> t.Ternary:
        then, test, otherwise = self.nodes(children)
        return t.Ternary(span, then, test, otherwise)

    def _index(self, span: Span, children: list[Node]) -> t.Index:
        return t.Index(span, self.node(children[0]), self.node(children[2]))

    def _slice(self, span: Span, children: list[Node]) -> t.Slice:
        value, _, start, _, stop, _, step = children
        bounds = self.maybe(start), self.maybe(stop), self.maybe(step)
        return t.Slice(span, self.node(value), *bounds)

    def _apply(self, span: Span, children: list[Node]) -> t.Apply:
        name, *arguments = children
        return t.Apply(span, str(name)[:-1], self.nodes([a for a in arguments if a is not None]))

    def _list(self, span: Span, children: list[Node]) -> t.ListOf:
        rows = tuple(self.nodes(row.children) for row in children if row is not None)
        return t.ListOf(span, rows, len(rows) > 1)

    def _table(self, span: Span, children: list[Node]) -> t.ListOf:
        """A list that ends in `;`: its only row is a table's."""
        return self._list(span, children)._replace(table=True)

    def _comprehension(self, span: Span, children: list[Node]) -> t.Comprehension:
        element, names, rows = _without_words(children)
        return t.Comprehension(span, self.node(element), self._names(names, span), self.node(rows))


def _is_declaration(node: Node) -> bool:
    """Whether an item takes texts, not words."""
    return isinstance(node, Tree) and node.data in ("use_python", "train")


def _is(node: Node, kind: str) -> bool:
    return isinstance(node, Token) and node.type == kind


def _is_separator(node: Node) -> bool:
    return _is(node, "_SEP")


def _without_words(children: list[Node]) -> list[Node]:
    return [child for child in children if not _is(child, "IN")]


def _is_spaced(value: t.Expr, text: str) -> bool:
    """Whether an expression has spaces outside of brackets; `not` and a break end a value too."""
    if isinstance(value, t.Unary):
        return value.operator == "not" and text[len("not") :][:1].isspace()
    return isinstance(value, t.Binary | t.Ternary) and _has_spaces(text)


def _has_spaces(text: str) -> bool:
    """Whether there are spaces but for those inside of brackets and around a free line break."""
    depth = 0
    for letter in _BREAK.sub("", text):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter.isspace():
            return True
    return False
