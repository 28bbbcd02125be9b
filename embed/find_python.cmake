# Finds the one Python that gilscope is linked to, and makes the target gilscope_python.
#
# FindPython chooses the interpreter (-DPython_ROOT_DIR= or -DPython_EXECUTABLE= choose another). Where its headers
# and library are, the interpreter itself says best: that also covers static builds and the free-threaded
# names, which the FindPython of older CMakes does not know.
find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)

execute_process(
  COMMAND "${Python_EXECUTABLE}" -I -c [[
import os, sys, sysconfig
var = lambda name: str(sysconfig.get_config_var(name) or "")
names = [os.path.join(var(d), var(n)) for n in ("LDLIBRARY", "LIBRARY") for d in ("LIBDIR", "LIBPL")]
library = next((name for name in names if os.path.isfile(name)), "")
base = getattr(sys, "_base_executable", sys.executable)
print(";".join(["%d.%d.%d" % sys.version_info[:3], sysconfig.get_path("include"), library,
                "1" if var("Py_GIL_DISABLED") == "1" else "0", base,
                " ".join([var("LIBS"), var("SYSLIBS")])]))
]]
  OUTPUT_VARIABLE gilscope_python_facts OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
list(GET gilscope_python_facts 0 GILSCOPE_PYTHON_VERSION)
list(GET gilscope_python_facts 1 gilscope_python_include)
list(GET gilscope_python_facts 2 gilscope_python_library)
list(GET gilscope_python_facts 3 GILSCOPE_PYTHON_FREE_THREADED)
list(GET gilscope_python_facts 4 GILSCOPE_PYTHON_EXECUTABLE)
list(GET gilscope_python_facts 5 gilscope_python_system_libraries)

if(NOT EXISTS "${gilscope_python_include}/Python.h")
  message(FATAL_ERROR "${Python_EXECUTABLE} has no headers at ${gilscope_python_include}. "
    "Install them (Debian: apt-get install python3-dev), or name another Python with -DPython_EXECUTABLE=PATH.")
endif()
if(NOT gilscope_python_library)
  message(FATAL_ERROR "${Python_EXECUTABLE} has no libpython to link to. "
    "Install it (Debian: apt-get install libpython3-dev), or name another Python with -DPython_EXECUTABLE=PATH.")
endif()

separate_arguments(gilscope_python_system_libraries UNIX_COMMAND "${gilscope_python_system_libraries}")
add_library(gilscope_python INTERFACE)
target_include_directories(gilscope_python SYSTEM INTERFACE "${gilscope_python_include}")
target_link_libraries(gilscope_python INTERFACE "${gilscope_python_library}" ${gilscope_python_system_libraries}
  Threads::Threads ${CMAKE_DL_LIBS})

set(gilscope_python_kind "with the GIL")
if(GILSCOPE_PYTHON_FREE_THREADED)
  set(gilscope_python_kind "free-threaded")
endif()
message(STATUS "gilscope is linked to CPython ${GILSCOPE_PYTHON_VERSION} (${gilscope_python_kind}): "
  "${GILSCOPE_PYTHON_EXECUTABLE}, ${gilscope_python_library}")
