"""The stub files say what the module has: the same names, the same arguments with the same defaults."""

import ast
import inspect
import pathlib
import unittest

import gilscope
from gilscope import image, kernels

STUBS = pathlib.Path(__file__).parents[2] / "embed" / "stubs" / "gilscope"
MODULES = {"__init__": gilscope, "image": image, "kernels": kernels}


def arguments_of(node: ast.FunctionDef) -> list[tuple[str, str]]:
    """Name and default of each argument, without self and cls."""
    args = node.args
    positional = args.posonlyargs + args.args
    defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
    pairs = list(zip(positional, defaults)) + list(zip(args.kwonlyargs, args.kw_defaults))
    return [(arg.arg, ast.unparse(default) if default else "") for arg, default in pairs if arg.arg not in ("self", "cls")]


def arguments_at_run_time(thing: object) -> list[tuple[str, str]]:
    parameters = inspect.signature(thing).parameters.values()
    return [(p.name, "" if p.default is p.empty else repr(p.default)) for p in parameters]


class Stub(unittest.TestCase):
    def test_names(self) -> None:
        for name, module in MODULES.items():
            public = {word for word in dir(module) if not word.startswith("_")} - {"image", "kernels"}
            tree = ast.parse((STUBS / f"{name}.pyi").read_text())
            told = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
            told |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
            self.assertEqual(public, {word for word in told if not word.startswith("_")})

    def test_arguments(self) -> None:
        for name, module in MODULES.items():
            for node in ast.parse((STUBS / f"{name}.pyi").read_text()).body:
                with self.subTest(f"{name}.{getattr(node, 'name', '')}"):
                    if isinstance(node, ast.FunctionDef):
                        told = arguments_of(node)
                        # Where dst decides what is returned there are two; a dst without a default is one of them.
                        real = arguments_at_run_time(getattr(module, node.name))
                        told = [(arg, "None" if arg == "dst" else default) for arg, default in told]
                        self.assertEqual(told, real)
                    elif isinstance(node, ast.ClassDef):
                        made = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__new__")
                        self.assertEqual(arguments_of(made), arguments_at_run_time(getattr(module, node.name)))

    def test_help_teaches(self) -> None:
        for name in ("countdown", "grayscale", "blur", "mandelbrot"):
            text = getattr(kernels, name).__doc__
            for word in ("release_gil", "num_threads", "on_tile", "Raises"):
                self.assertIn(word, text)
        for thing in (image.read_png, image.write_png, image.Image, gilscope.region, gilscope.mark, gilscope.stats):
            self.assertGreater(len(thing.__doc__), 60)
            inspect.signature(thing)
        self.assertIn("19595 R + 38470 G + 7471 B", kernels.grayscale.__doc__)
