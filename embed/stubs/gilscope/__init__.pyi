"""What gilscope offers to the scripts that it runs. For type checkers: put this folder on MYPYPATH or stubPath."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, final

from . import image as image
from . import kernels as kernels

_P = ParamSpec("_P")
_R = TypeVar("_R")

__version__: str

thread_index: int | None
thread_count: int | None

@final
class region:
    def __new__(cls, name: str) -> region: ...
    @property
    def name(self) -> str: ...
    def __enter__(self) -> region: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool: ...
    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]: ...

def mark(name: str, /) -> None: ...
def stats() -> dict[str, Any]: ...
