"""What a workload's source says of its patterns: the lines that each needs, and the modules that it imports.

A pattern needs its own function and every top-level statement that this uses, and they in turn: helpers, constants,
imports. Blank lines, comments and docstrings are no code, and what makes and checks the work is no part of a pattern.
Files in Cython that it imports count, too; code that is installed (NumPy, gilscope's own kernels) does not.
"""
import ast
import difflib
import io
import os
import sys
import tokenize
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

CYTHON = "gilscope_pyx"


def code_lines(text: str) -> set[int]:
    """The numbers of the lines with code in them."""
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in blank:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - docstring_lines(ast.parse(text))


def docstring_lines(tree: ast.AST) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.body and ast.get_docstring(node, clean=False) is not None:
                first = node.body[0]
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a top-level statement gives a meaning to."""
    names: set[str] = set()
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    for node in ast.walk(statement):
        if isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def used_by(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


class Source:
    """The top-level statements of a file, and which of them need which."""

    def __init__(self, text: str) -> None:
        self.code = code_lines(text)
        self.statements = ast.parse(text).body
        self.binds: dict[str, set[int]] = {}
        for index, statement in enumerate(self.statements):
            for name in bound_by(statement):
                self.binds.setdefault(name, set()).add(index)

    def reached(self, name: str) -> set[int]:
        """The statements that `name` needs, those that bind it included."""
        seen: set[int] = set()
        new = set(self.binds.get(name, ()))
        while new:
            seen |= new
            used = {used for index in new for used in used_by(self.statements[index])}
            new = {index for one in used for index in self.binds.get(one, ())} - seen
        return seen

    def lines_of(self, indices: Iterable[int]) -> int:
        numbers: set[int] = set()
        for index in indices:
            statement = self.statements[index]
            decorators = getattr(statement, "decorator_list", [])
            first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
            numbers.update(range(first, (statement.end_lineno or first) + 1))
        return len(numbers & self.code)

    def imports(self, indices: Iterable[int]) -> Iterator[str]:
        for index in indices:
            for node in ast.walk(self.statements[index]):
                if isinstance(node, ast.Import):
                    yield from (alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield node.module
                    if node.module == CYTHON:
                        yield from (f"{CYTHON}.{alias.name}" for alias in node.names)


@lru_cache(maxsize=1)
def source_of(path: str) -> Source:
    with tokenize.open(path) as file:
        return Source(file.read())


def modules_of(path: str, function: str) -> list[str]:
    """The modules that a pattern imports, also when it runs."""
    source = source_of(path)
    reached = source.reached(function) | source.reached("prepare_" + function)
    return list(dict.fromkeys(source.imports(sorted(reached))))


def installed_modules(path: str, functions: list[str]) -> list[str]:
    """Those of all patterns that are neither Python's own nor come with the workload, sorted."""
    beside = {name.removesuffix(".py") for name in os.listdir(os.path.dirname(path))}
    imported = {name.split(".")[0] for function in functions for name in modules_of(path, function)}
    ours = {CYTHON, "gilscope_compare", "gilscope_source"}
    return sorted(imported - set(sys.stdlib_module_names) - beside - ours)


def needs_cython(path: str, function: str) -> bool:
    return any(name.startswith(CYTHON) for name in modules_of(path, function))


def cython_file(path: str, module: str) -> str | None:
    """The .pyx file of a module of gilscope_pyx: beside the workload, or in the folder `cython` beside its own."""
    name, folder = module.split(".", 1)[1] + ".pyx", os.path.dirname(path)
    tried = [os.path.join(folder, name), os.path.join(os.path.dirname(folder), "cython", name)]
    return next((file for file in tried if os.path.isfile(file)), None)


def cython_lines(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return sum(1 for line in lines if line and not line.startswith("#"))


def lines_needed(path: str, functions: list[str]) -> dict[str, int]:
    source = source_of(path)
    about = {index for name in ("make", "check", "extra", "SIZES") for index in source.binds.get(name, ())}
    needed = {}
    for name in functions:
        reached = source.reached(name) | source.reached("prepare_" + name)
        pyx = [cython_file(path, module) for module in source.imports(reached) if module.startswith(CYTHON + ".")]
        needed[name] = source.lines_of(reached - about) + sum(cython_lines(file) for file in dict.fromkeys(pyx) if file)
    return needed


def near_misses(module: Any, patterns: list[str]) -> dict[str, str]:
    """Functions that look like a misspelt pattern, and the pattern."""
    near = {}
    for name in sorted(vars(module)):
        function = getattr(module, name)
        if name in patterns or name.startswith("_") or getattr(function, "__module__", "") != module.__name__:
            continue
        if close := difflib.get_close_matches(name, patterns, 1, 0.8):
            near[name] = close[0]
    return near
