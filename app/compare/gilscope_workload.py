"""The workload's file, as a module whose name no other has: child processes and interpreters can import it."""
import os
import sys

__file__ = os.environ["GILSCOPE_WORKLOAD"]
if os.path.dirname(__file__) not in sys.path:
    sys.path.append(os.path.dirname(__file__))  # what lies beside it can be imported, but hides nothing
with open(__file__, "rb") as _file:
    exec(compile(_file.read(), __file__, "exec"), globals())
