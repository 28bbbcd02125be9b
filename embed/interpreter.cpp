#include <Python.h>

#include "embed/interpreter.h"

#include <filesystem>
#include <fstream>

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

int finish_interpreter(int exit_status) { return Py_FinalizeEx() < 0 ? 120 : exit_status; }

}  // namespace gilscope::py
