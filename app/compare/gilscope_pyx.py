"""Cython modules of workloads: `from gilscope_pyx import NAME` builds NAME.pyx when it is needed, and keeps it.

They are looked for beside the workload's file, and in the folder `cython` beside its own. What was built is kept in
$XDG_CACHE_HOME/gilscope/cython, by the source and the versions that it was built from.
"""
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from types import ModuleType

import gilscope_source


def cache_folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "gilscope", "cython")


def said_by(command: list[str]) -> str:
    """Runs a step of the build. Raises what it said."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} failed:\n{done.stdout[-2000:]}")
    return done.stdout


def built(name: str) -> str:
    """The shared library of a module, which is built if it has to be."""
    import Cython
    from gilscope_compare import Unavailable

    source = gilscope_source.cython_file(os.environ["GILSCOPE_WORKLOAD"], f"{__name__}.{name}")
    if source is None:
        raise FileNotFoundError(f"{name}.pyx is neither beside the workload nor in the folder 'cython' beside its own")
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")
    if shutil.which(compiler[0]) is None:
        compiler = ["cc"]
    if shutil.which(compiler[0]) is None:
        raise Unavailable("Cython needs a C compiler: apt install gcc")
    include = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(include, "Python.h")):
        raise Unavailable(f"Cython needs Python's headers, which are not in {include}: apt install python3-dev")
    flags = ["-O3", "-fopenmp", "-fPIC", "-shared", "-w"]
    with open(source, "rb") as file:
        parts = (file.read(), sys.version.encode(), Cython.__version__.encode(), repr((compiler, flags)).encode())
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    library = os.path.join(cache_folder(), f"{name}-{key}{sysconfig.get_config_var('EXT_SUFFIX')}")
    if not os.path.exists(library):
        os.makedirs(cache_folder(), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
            c_file, made = os.path.join(folder, name + ".c"), os.path.join(folder, name + ".so")
            said_by([sys.executable, "-m", "cython", "-3", source, "-o", c_file])
            said_by([*compiler, *flags, "-I", include, c_file, "-o", made])
            os.replace(made, library)
    return library


def load(name: str) -> ModuleType:
    full_name = f"{__name__}.{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, built(name))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[full_name] = module
    return sys.modules[full_name]


def __getattr__(name: str) -> ModuleType:
    if name.startswith("__"):
        raise AttributeError(name)
    return load(name)
