from collections.abc import Callable
from typing import TypeAlias, TypeVar, overload

from .image import Image, _Buffer, _Shape

_D = TypeVar("_D")
_OnTile: TypeAlias = Callable[[int, int, range], object]

def countdown(
    n: int, *, release_gil: bool = True, num_threads: int | None = None, on_tile: _OnTile | None = None
) -> None: ...
@overload
def grayscale(
    src: _Buffer,
    dst: None = None,
    *,
    shape: _Shape | None = None,
    release_gil: bool = True,
    num_threads: int | None = None,
    on_tile: _OnTile | None = None,
) -> Image: ...
@overload
def grayscale(
    src: _Buffer,
    dst: _D,
    *,
    shape: _Shape | None = None,
    release_gil: bool = True,
    num_threads: int | None = None,
    on_tile: _OnTile | None = None,
) -> _D: ...
@overload
def blur(
    src: _Buffer,
    sigma: float,
    dst: None = None,
    *,
    shape: _Shape | None = None,
    release_gil: bool = True,
    num_threads: int | None = None,
    on_tile: _OnTile | None = None,
) -> Image: ...
@overload
def blur(
    src: _Buffer,
    sigma: float,
    dst: _D,
    *,
    shape: _Shape | None = None,
    release_gil: bool = True,
    num_threads: int | None = None,
    on_tile: _OnTile | None = None,
) -> _D: ...
@overload
def mandelbrot(
    width: int,
    height: int,
    *,
    center: tuple[float, float] = (-0.75, 0.0),
    span: float = 3.5,
    max_iterations: int = 256,
    rgb: bool = False,
    dst: None = None,
    release_gil: bool = True,
    num_threads: int | None = None,
    on_tile: _OnTile | None = None,
) -> Image: ...
@overload
def mandelbrot(
    width: int,
    height: int,
    *,
    center: tuple[float, float] = (-0.75, 0.0),
    span: float = 3.5,
    max_iterations: int = 256,
    rgb: bool = False,
    dst: _D,
    release_gil: bool = True,
    num_threads: int | None = None,
    on_tile: _OnTile | None = None,
) -> _D: ...
