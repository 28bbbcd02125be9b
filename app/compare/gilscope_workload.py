"""The workload's file, as a module whose name no other has: child processes can import it, however they start."""
import os

__file__ = os.environ["GILSCOPE_WORKLOAD"]
with open(__file__, "rb") as _file:
    exec(compile(_file.read(), __file__, "exec"), globals())
