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
def library(name):
    paths = [os.path.join(var(folder), var(name)) for folder in ("LIBDIR", "LIBPL")]
    return next((path for path in paths if os.path.isfile(path)), "")
# What a static library needs; some builds have a lone "-l" among them.
words = " ".join([var("LIBS"), var("SYSLIBS"), var("MODLIBS")]).split()
libraries = list(dict.fromkeys(word for word in words if word.startswith("-l") and word != "-l"))
with open("/proc/self/maps") as maps:
    is_shared = "libpython" in maps.read()
base = getattr(sys, "_base_executable", sys.executable)
print(";".join(["%d.%d.%d" % sys.version_info[:3], sysconfig.get_path("include"), library("LDLIBRARY"),
                library("LIBRARY"), "1" if is_shared else "0", "1" if var("Py_GIL_DISABLED") == "1" else "0", base,
                " ".join(libraries)]))
]]
  OUTPUT_VARIABLE gilscope_python_facts OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
list(GET gilscope_python_facts 0 GILSCOPE_PYTHON_VERSION)
list(GET gilscope_python_facts 1 gilscope_python_include)
list(GET gilscope_python_facts 2 gilscope_python_library)
list(GET gilscope_python_facts 3 gilscope_python_static_library)
list(GET gilscope_python_facts 4 gilscope_python_is_shared)
list(GET gilscope_python_facts 5 GILSCOPE_PYTHON_FREE_THREADED)
list(GET gilscope_python_facts 6 GILSCOPE_PYTHON_EXECUTABLE)
list(GET gilscope_python_facts 7 gilscope_python_system_libraries)

if(NOT EXISTS "${gilscope_python_include}/Python.h")
  message(FATAL_ERROR "${Python_EXECUTABLE} has no headers at ${gilscope_python_include}. "
    "Install them (Debian: apt-get install python3-dev), or name another Python with -DPython_EXECUTABLE=PATH.")
endif()
separate_arguments(gilscope_python_system_libraries UNIX_COMMAND "${gilscope_python_system_libraries}")

# A python3 that holds its library (Debian's does) starts faster and runs a little faster than one that loads it;
# gilscope is linked the same way as the python3 that it is compared with. Sanitizers want the shared library.
set(GILSCOPE_STATIC_PYTHON AUTO CACHE STRING "Link libpython into gilscope: ON, OFF, or AUTO (as its python3 does)")
set(gilscope_static_python ${GILSCOPE_STATIC_PYTHON})
if(gilscope_static_python STREQUAL AUTO)
  set(gilscope_static_python OFF)
  if(gilscope_python_static_library AND NOT gilscope_python_is_shared AND NOT GILSCOPE_SANITIZE)
    file(WRITE "${CMAKE_BINARY_DIR}/embed_python.cpp"
      "#include <Python.h>\nint main(int c, char** v) { return Py_BytesMain(c, v); }\n")
    try_compile(gilscope_static_python_links "${CMAKE_BINARY_DIR}/embed_python"
      SOURCES "${CMAKE_BINARY_DIR}/embed_python.cpp"
      CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${gilscope_python_include}"
      LINK_OPTIONS -no-pie -rdynamic
      LINK_LIBRARIES "${gilscope_python_static_library}" ${gilscope_python_system_libraries} pthread)
    set(gilscope_static_python ${gilscope_static_python_links})
  endif()
endif()
if(gilscope_static_python)
  set(gilscope_python_library "${gilscope_python_static_library}")
endif()
if(NOT gilscope_python_library)
  message(FATAL_ERROR "${Python_EXECUTABLE} has no libpython to link to. "
    "Install it (Debian: apt-get install libpython3-dev), or name another Python with -DPython_EXECUTABLE=PATH.")
endif()

add_library(gilscope_python INTERFACE)
target_include_directories(gilscope_python SYSTEM INTERFACE "${gilscope_python_include}")
target_link_libraries(gilscope_python INTERFACE "${gilscope_python_library}" Threads::Threads ${CMAKE_DL_LIBS})
if(gilscope_static_python)
  target_link_libraries(gilscope_python INTERFACE ${gilscope_python_system_libraries})
  # The library need not be position-independent. Extension modules find Python in the executable.
  target_link_options(gilscope_python INTERFACE -no-pie -rdynamic)
endif()

set(gilscope_python_kind "with the GIL")
if(GILSCOPE_PYTHON_FREE_THREADED)
  set(gilscope_python_kind "free-threaded")
endif()
message(STATUS "gilscope is linked to CPython ${GILSCOPE_PYTHON_VERSION} (${gilscope_python_kind}): "
  "${GILSCOPE_PYTHON_EXECUTABLE}, ${gilscope_python_library}")
