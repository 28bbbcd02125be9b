#include "embed/script.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include "embed/gil.h"
#include "embed/interpreter.h"
#include "embed/probe/recorder.h"
#include "embed/py_error.h"

namespace gilscope::py {

namespace {

PyRef string(const std::string& text) { return raise_if_null(PyUnicode_DecodeFSDefault(text.c_str())); }

void set(PyObject* names, const char* key, PyObject* value) {
  raise_if_negative(PyDict_SetItemString(names, key, value));
}

bool safe_path() {
  PyObject* const flags = PySys_GetObject("flags");
  if (flags == nullptr) return false;
  const PyRef value = raise_if_null(PyObject_GetAttrString(flags, "safe_path"));
  return raise_if_negative(PyObject_IsTrue(value.get())) != 0;
}

void insert_in_path(PyObject* entry) {
  PyObject* const path = PySys_GetObject("path");
  if (path == nullptr || !PyList_Check(path)) raise_error(PyExc_RuntimeError, "sys.path is not a list");
  raise_if_negative(PyList_Insert(path, 0, entry));
}

std::string read_all(const std::string& path) {
  struct stat facts;
  if (stat(path.c_str(), &facts) != 0) raise_os_error(errno, string(path).get());
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file) raise_os_error(errno != 0 ? errno : EIO, string(path).get());
  if (file.peek() != std::ifstream::traits_type::eof()) content << file.rdbuf();
  return std::move(content).str();
}

std::string read_stdin() {
  std::string content;
  char piece[65536];
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, piece, sizeof piece);
    if (count > 0) {
      content.append(piece, static_cast<std::size_t>(count));
    } else if (count == 0) {
      return content;
    } else if (errno != EINTR) {
      raise_os_error(errno, string("<stdin>").get());
    } else if (PyErr_CheckSignals() < 0) {
      throw PyError::fetch();
    }
  }
}

// Python's own compile() would do, too, but makes a class for each kind of syntax node when it is first
// called: a millisecond that python3 does not need either. Source in a file may name its encoding.
PyRef compile(const std::string& source, const std::string& file_name, int flags = 0) {
  if (source.find('\0') != std::string::npos) {
    raise_error(PyExc_SyntaxError, "source code cannot contain null bytes");
  }
  PyCompilerFlags compiler_flags = {.cf_flags = flags, .cf_feature_version = PY_MINOR_VERSION};
  return raise_if_null(
      Py_CompileStringObject(source.c_str(), string(file_name).get(), Py_file_input, &compiler_flags, -1));
}

// Empty where the folder that the process is in is gone.
std::string current_folder() {
  char* const folder = getcwd(nullptr, 0);
  std::string text = folder != nullptr ? folder : "";
  free(folder);
  return text;
}

std::string absolute(const std::string& path) {
  const std::string folder = path.starts_with('/') ? "" : current_folder();
  return folder.empty() ? path : folder + "/" + path;
}

// What runpy raises for a module that cannot be run ends python3 with one line, no traceback.
[[noreturn]] void exit_with_runpy_error(PyError& error, PyObject* runpy_error) {
  if (error.matches(runpy_error)) {
    const PyRef message =
        raise_if_null(PyUnicode_FromFormat("%S: %S", PySys_GetObject("executable"), error.exception()));
    PyErr_SetObject(PyExc_SystemExit, message.get());
    throw PyError::fetch();
  }
  throw error;
}

// (name, spec, code) of the module `-m name`; without a name, of the __main__ in the folder or zip file that
// is first on sys.path. The functions are runpy's.
PyRef module_details(PyObject* name) {
  const PyRef runpy = raise_if_null(PyImport_ImportModule("runpy"));
  const PyRef error_class = raise_if_null(PyObject_GetAttrString(runpy.get(), "_Error"));
  try {
    return raise_if_null(
        name != nullptr
            ? PyObject_CallMethod(runpy.get(), "_get_module_details", "OO", name, error_class.get())
            : PyObject_CallMethod(runpy.get(), "_get_main_module_details", "O", error_class.get()));
  } catch (PyError& error) {
    exit_with_runpy_error(error, error_class.get());
  }
}

PyRef module_code(PyObject* name, PyRef& attributes) {
  const PyRef details = module_details(name);
  PyObject* const spec = PyTuple_GetItem(details.get(), 1);
  PyObject* const code = PyTuple_GetItem(details.get(), 2);
  if (spec == nullptr || code == nullptr) throw PyError::fetch();
  const PyRef file = raise_if_null(PyObject_GetAttrString(spec, "origin"));
  const PyRef cached = raise_if_null(PyObject_GetAttrString(spec, "cached"));
  const PyRef loader = raise_if_null(PyObject_GetAttrString(spec, "loader"));
  const PyRef package = raise_if_null(PyObject_GetAttrString(spec, "parent"));
  attributes = raise_if_null(Py_BuildValue("{s:O,s:O,s:O,s:O,s:O}", "__file__", file.get(), "__cached__",
                                           cached.get(), "__loader__", loader.get(), "__package__",
                                           package.get(), "__spec__", spec));
  if (PyObject* const argv = PySys_GetObject("argv"); name != nullptr && file.get() != Py_None &&
                                                      argv != nullptr && PyList_Check(argv) &&
                                                      PyList_Size(argv) > 0) {
    raise_if_negative(PyList_SetItem(argv, 0, file.copy().release()));
  }
  return PyRef::borrow(code);
}

PyRef file_attributes(const std::string& path) {
  const PyRef file = string(path);
  const PyRef machinery = raise_if_null(PyImport_ImportModule("importlib.machinery"));
  const PyRef loader = raise_if_null(PyObject_CallMethod(
      machinery.get(), path.ends_with(".pyc") ? "SourcelessFileLoader" : "SourceFileLoader", "sO", "__main__",
      file.get()));
  return raise_if_null(Py_BuildValue("{s:O,s:O,s:O}", "__file__", file.get(), "__cached__", Py_None,
                                     "__loader__", loader.get()));
}

// What is on sys.path first, for a script in a file: the folder that the file really lies in.
PyRef folder_of(const std::string& path) {
  const PyRef os_path = raise_if_null(PyImport_ImportModule("os.path"));
  const PyRef real = raise_if_null(PyObject_CallMethod(os_path.get(), "realpath", "O", string(path).get()));
  return raise_if_null(PyObject_CallMethod(os_path.get(), "dirname", "O", real.get()));
}

int status_of_exit(PyObject* exit) {
  PyRef code = PyRef::steal(PyObject_GetAttrString(exit, "code"));
  if (!code) {
    PyErr_Clear();
    code = PyRef::borrow(exit);
  }
  if (code.get() == Py_None) return 0;
  if (PyLong_Check(code.get())) {
    const long number = PyLong_AsLong(code.get());
    if (number == -1 && PyErr_Occurred() != nullptr) PyErr_Clear();
    return static_cast<int>(number & 0xff);
  }
  if (PyObject* const stream = PySys_GetObject("stderr"); stream != nullptr && stream != Py_None) {
    if (PyFile_WriteObject(code.get(), stream, Py_PRINT_RAW) < 0) PyErr_Clear();
    PySys_WriteStderr("\n");
  }
  return 1;
}

int end_of_exit(PyError& error) {
  const int status = status_of_exit(error.exception());
  error.restore();
  PyErr_Clear();
  return status;
}

struct RaisedParts {
  explicit RaisedParts(PyObject* exception)
      : type(PyRef::borrow(reinterpret_cast<PyObject*>(Py_TYPE(exception)))),
        value(PyRef::borrow(exception)),
        traceback(PyRef::steal(PyException_GetTraceback(exception))) {
    if (!traceback) traceback = PyRef::borrow(Py_None);
  }
  void display() const { PyErr_Display(type.get(), value.get(), traceback.get()); }

  PyRef type, value, traceback;
};

// Calls a script's own sys.excepthook as PyErr_PrintEx does, which however ends the process then and there
// when the hook raises SystemExit. Returns the status that it asks for, or 1.
int call_excepthook(PyObject* hook, PyError& error, bool is_last) {
  const RaisedParts raised(error.exception());
  if (is_last) remember_last_exception(raised.type.get(), raised.value.get(), raised.traceback.get());
  const PyRef result = PyRef::steal(PyObject_CallFunctionObjArgs(hook, raised.type.get(), raised.value.get(),
                                                                 raised.traceback.get(), nullptr));
  if (result) return 1;
  PyError second = PyError::fetch();
  if (second.matches(PyExc_SystemExit)) return end_of_exit(second);
  PySys_WriteStderr("Error in sys.excepthook:\n");
  if (second.exception() != nullptr) RaisedParts(second.exception()).display();
  PySys_WriteStderr("\nOriginal exception was:\n");
  raised.display();
  return 1;
}

// Consumes the error; returns the exit status.
int show_uncaught(PyError& error, bool is_last) {
  const PyRef hook = PyRef::borrow(PySys_GetObject("excepthook"));
  if (hook && hook.get() != PySys_GetObject("__excepthook__") && error.exception() != nullptr) {
    return call_excepthook(hook.get(), error, is_last);
  }
  error.restore();
  PyErr_PrintEx(is_last ? 1 : 0);
  return 1;
}

}  // namespace

Script::Script(const ScriptSource& source) {
  const bool add_path = !safe_path();
  switch (source.kind) {
    case ScriptSource::Kind::kCommand:
      if (add_path) insert_in_path(string("").get());
      code_ = compile(source.text, "<string>", PyCF_IGNORE_COOKIE);
      remember_command(code_.get(), source.text);
      break;
    case ScriptSource::Kind::kStdin:
      if (add_path) insert_in_path(string("").get());
      attributes_ = raise_if_null(Py_BuildValue("{s:s,s:O}", "__file__", "<stdin>", "__cached__", Py_None));
      code_ = compile(read_stdin(), "<stdin>");
      break;
    case ScriptSource::Kind::kModule:
      if (add_path) insert_in_path(string(current_folder()).get());
      code_ = module_code(string(source.text).get(), attributes_);
      break;
    case ScriptSource::Kind::kFile: {
      const std::string path = absolute(source.text);
      const PyRef importer = raise_if_null(PyImport_GetImporter(string(path).get()));
      if (importer.get() != Py_None) {  // a folder or a zip file
        insert_in_path(string(path).get());
        code_ = module_code(nullptr, attributes_);
        break;
      }
      if (add_path) insert_in_path(folder_of(path).get());
      attributes_ = file_attributes(path);
      if (path.ends_with(".pyc")) {
        const PyRef loader = PyRef::borrow(PyDict_GetItemString(attributes_.get(), "__loader__"));
        code_ = raise_if_null(PyObject_CallMethod(loader.get(), "get_code", "s", "__main__"));
      } else {
        code_ = compile(read_all(path), path);
      }
      break;
    }
  }
}

void Script::fill(PyObject* names) const {
  const PyRef builtins = raise_if_null(PyImport_ImportModule("builtins"));
  set(names, "__name__", string("__main__").get());
  set(names, "__builtins__", builtins.get());
  if (attributes_) {
    raise_if_negative(PyDict_Update(names, attributes_.get()));
    drop_former_attributes(names);
  }
}

void Script::run_in_main() const {
  const PyRef main = raise_if_null(PyImport_ImportModule("__main__"));
  PyObject* const names = PyModule_GetDict(main.get());
  fill(names);
  raise_if_null(PyEval_EvalCode(code_.get(), names, names));
}

void Script::run_in_own_namespace() const {
  const PyRef names = raise_if_null(PyDict_New());
  for (const char* empty : {"__doc__", "__package__", "__spec__", "__loader__"})
    set(names.get(), empty, Py_None);
  fill(names.get());
  raise_if_null(PyEval_EvalCode(code_.get(), names.get(), names.get()));
}

ScriptEnd end_of_error(const char* thread_name) {
  PyError error = PyError::fetch();
  if (error.matches(PyExc_SystemExit)) return {end_of_exit(error), false};
  const bool interrupted = error.matches(PyExc_KeyboardInterrupt);
  // One traceback at a time: printing drops the GIL now and then. A forked child has one thread, and may have
  // been forked while the mutex was locked.
  static std::mutex printing;
  std::unique_lock alone(printing, std::defer_lock);
  if (!probe::recorder::is_forked_child()) {
    const GilReleased released;
    alone.lock();
  }
  if (thread_name != nullptr) PySys_FormatStderr("Exception in thread %s:\n", thread_name);
  const int status = show_uncaught(error, thread_name == nullptr);
  return {interrupted && status == 1 ? 130 : status, interrupted};
}

PyRef find_in_main(const std::string& dotted_name) {
  PyRef object = raise_if_null(PyImport_ImportModule("__main__"));
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = dotted_name.find('.', begin);
    const std::string part = dotted_name.substr(begin, end == std::string::npos ? end : end - begin);
    object = raise_if_null(PyObject_GetAttrString(object.get(), part.c_str()));
  }
  return object;
}

}  // namespace gilscope::py
