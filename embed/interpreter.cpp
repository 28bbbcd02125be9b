#include <Python.h>

#if PY_VERSION_HEX < 0x030C0000
extern "C" {
#define Py_BUILD_CORE
#undef HAVE_STD_ATOMIC  // that would be C's header
#undef _PyGC_FINALIZED
#include <internal/pycore_runtime.h>
#undef Py_BUILD_CORE
}
#endif

#include <filesystem>
#include <fstream>
#include <mutex>

#include <pthread.h>
#include <unistd.h>

#include "embed/interpreter.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const PyStatus& status) {
  if (PyStatus_IsExit(status)) throw StartError("", status.exitcode);
  std::string message = "Python could not start: ";
  message += status.err_msg != nullptr ? status.err_msg : "unknown error";
  throw StartError(message, 2);
}

void check(const PyStatus& status) {
  if (PyStatus_Exception(status)) fail(status);
}

struct Config {
  PyConfig value;
  Config() { PyConfig_InitPythonConfig(&value); }
  ~Config() { PyConfig_Clear(&value); }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;
};

// "version = 3.11.2" (venv) or "version_info = 3.11.2.final.0" (virtualenv): the first two numbers.
std::string minor_version_of(const fs::path& pyvenv_cfg) {
  std::ifstream file(pyvenv_cfg);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("version")) continue;
    const std::size_t begin = line.find_first_of("0123456789");
    if (begin == std::string::npos) continue;
    const std::size_t dot = line.find('.', begin);
    if (dot == std::string::npos) continue;
    return line.substr(begin, line.find_first_not_of("0123456789", dot + 1) - begin);
  }
  return {};
}

}  // namespace

std::string linked_executable() {
  std::error_code ignored;
  return fs::exists(GILSCOPE_PYTHON_EXECUTABLE, ignored) ? GILSCOPE_PYTHON_EXECUTABLE : "";
}

std::string venv_executable(const std::string& folder) {
  std::error_code ignored;
  const fs::path root = fs::absolute(folder, ignored);  // empty for an empty name
  const fs::path cfg = root / "pyvenv.cfg";
  const fs::path executable = root / "bin" / "python";
  if (root.empty() || !fs::exists(cfg, ignored) || !fs::exists(executable, ignored)) {
    throw StartError("'" + folder + "' is not a virtual environment: it has no pyvenv.cfg and bin/python", 2);
  }
  const std::string linked = std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);
  if (const std::string version = minor_version_of(cfg); !version.empty() && version != linked) {
    throw StartError("the virtual environment '" + folder + "' is for Python " + version +
                         ", but this gilscope is linked to Python " + linked +
                         "; make one with: " GILSCOPE_PYTHON_EXECUTABLE " -m venv DIR",
                     2);
  }
  return executable.string();
}

void start_interpreter(const std::string& executable, const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  std::string name = executable.empty() ? "python3" : executable;
  argv.push_back(name.data());
  std::vector<std::string> kept = arguments;
  for (std::string& argument : kept) argv.push_back(argument.data());
  const auto argc = static_cast<Py_ssize_t>(argv.size());

  PyPreConfig preconfig;
  PyPreConfig_InitPythonConfig(&preconfig);
  check(Py_PreInitializeFromBytesArgs(&preconfig, argc, argv.data()));

  Config config;
  check(PyConfig_SetBytesArgv(&config.value, argc, argv.data()));
  check(PyConfig_SetBytesString(&config.value, &config.value.program_name, name.c_str()));
  check(Py_InitializeFromConfig(&config.value));
}

void start_interpreter_as_python(int count, char** arguments) {
  const auto check_as_python = [](const PyStatus& status) {
    if (PyStatus_Exception(status)) Py_ExitStatusException(status);
  };
  PyPreConfig preconfig;
  PyPreConfig_InitPythonConfig(&preconfig);
  check_as_python(Py_PreInitializeFromBytesArgs(&preconfig, count, arguments));
  Config config;
  check_as_python(PyConfig_SetBytesArgv(&config.value, count, arguments));
  check_as_python(Py_InitializeFromConfig(&config.value));
}

int run_as_python() { return Py_RunMain(); }

bool has_unhandled_signal([[maybe_unused]] PyThreadState* state) noexcept {
  if (state == nullptr) return false;
#if PY_VERSION_HEX >= 0x030D0000
  // Set in the main thread's state only. The field is public; the names of its bits, here
  // _PY_SIGNALS_PENDING_BIT, are not.
  constexpr std::uintptr_t kSignalsPending = 1u << 1;
  return (__atomic_load_n(&state->eval_breaker, __ATOMIC_RELAXED) & kSignalsPending) != 0;
#elif PY_VERSION_HEX >= 0x030C0000
  return false;  // nothing that is public tells
#else
  return __atomic_load_n(&_PyRuntime.ceval.signals_pending._value, __ATOMIC_RELAXED) != 0 &&
         _PyRuntime.main_thread == PyThread_get_thread_ident() &&
         PyThreadState_GetInterpreter(state) == PyInterpreterState_Main();
#endif
}

#if PY_VERSION_HEX >= 0x030C0000

PyThreadState* new_thread_state(PyInterpreterState* interpreter) noexcept {
  return PyThreadState_New(interpreter);
}

PyRef take_raised_exception() noexcept { return PyRef::steal(PyErr_GetRaisedException()); }

void set_raised_exception(PyRef exception) noexcept { PyErr_SetRaisedException(exception.release()); }

#else

// The first thing that a child forked on 3.11 does is to take the lock under which thread states are made. A
// thread of the parent that had it at the fork is not there to give it back: so none may have it then. (Later
// Pythons take it themselves before they fork.)
PyThreadState* new_thread_state(PyInterpreterState* interpreter) noexcept {
  static std::mutex making;
  static const int watched =
      pthread_atfork([] { making.lock(); }, [] { making.unlock(); }, [] { making.unlock(); });
  static_cast<void>(watched);
  const std::lock_guard lock(making);
  return PyThreadState_New(interpreter);
}

PyRef take_raised_exception() noexcept {
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  if (type == nullptr) return {};
  PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback != nullptr) PyException_SetTraceback(value, traceback);
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  return PyRef::steal(value);
}

void set_raised_exception(PyRef exception) noexcept {
  if (!exception) return PyErr_Clear();
  PyObject* const traceback = PyException_GetTraceback(exception.get());
  PyObject* const type = Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())));
  PyErr_Restore(type, exception.release(), traceback);
}

#endif

void remember_last_exception(PyObject* type, PyObject* value, PyObject* traceback) noexcept {
  PySys_SetObject("last_type", type);
  PySys_SetObject("last_value", value);
  PySys_SetObject("last_traceback", traceback);
#if PY_VERSION_HEX >= 0x030C0000
  PySys_SetObject("last_exc", value);
#endif
}

void drop_former_attributes([[maybe_unused]] PyObject* names) noexcept {
#if PY_VERSION_HEX >= 0x030F0000
  if (PyDict_DelItemString(names, "__cached__") < 0) PyErr_Clear();
#endif
}

void remember_command([[maybe_unused]] PyObject* code, [[maybe_unused]] const std::string& source) {
#if PY_VERSION_HEX >= 0x030D0000
  const PyRef linecache = PyRef::steal(PyImport_ImportModule("linecache"));
  const PyRef done = linecache ? PyRef::steal(PyObject_CallMethod(linecache.get(), "_register_code", "Oss",
                                                                  code, source.c_str(), "<string>"))
                               : PyRef();
  PyErr_Clear();
#endif
}

int finish_interpreter(int exit_status) { return Py_FinalizeEx() < 0 ? 120 : exit_status; }

void end_forked_child(int exit_status) {
  // The end of `threading` needs a main thread that is one; at the fork it took this one for it.
  const PyRef threading = PyRef::steal(PyImport_ImportModule("threading"));
  if (threading) {
    const PyRef main = PyRef::steal(PyObject_CallMethod(threading.get(), "_MainThread", nullptr));
    if (main) PyObject_SetAttrString(threading.get(), "_main_thread", main.get());
  }
  PyErr_Clear();
#if PY_VERSION_HEX < 0x030D0000
  _exit(finish_interpreter(exit_status));
#else
  // Py_FinalizeEx would change to the thread that started Python, which the child does not have.
  const auto call = [](PyObject* object, const char* method) {
    const PyRef result =
        object != nullptr ? PyRef::steal(PyObject_CallMethod(object, method, nullptr)) : PyRef();
    if (!result && PyErr_Occurred()) PyErr_WriteUnraisable(object);
    return static_cast<bool>(result);
  };
  call(threading.get(), "_shutdown");
  call(PyRef::steal(PyImport_ImportModule("atexit")).get(), "_run_exitfuncs");
  bool flushed = true;
  for (const char* const name : {"stdout", "stderr"}) {
    PyObject* const stream = PySys_GetObject(name);
    if (stream != nullptr && stream != Py_None) flushed = call(stream, "flush") && flushed;
  }
  _exit(flushed ? exit_status : 120);
#endif
}

}  // namespace gilscope::py
