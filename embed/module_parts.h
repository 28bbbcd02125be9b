// What the module_*.cpp files give one another: the definition of each part of the `gilscope` package, and
// the types that more than one part uses. Everything that a part keeps is in its module's state, one for each
// interpreter. Thread rule: GIL held throughout.
#pragma once

#include <Python.h>

#include <string_view>

#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

/// gilscope.kernels: the native work. Needs gilscope.image to have been imported.
PyModuleDef& kernels_module() noexcept;

/// gilscope.image: the Image type, PNG files.
PyModuleDef& image_module() noexcept;

/// Makes gilscope.region, a heap type that belongs to `module`. GIL: held.
PyRef make_region_type(PyObject* module);

/// The text of a str, which keeps it. GIL: held. Throws PyError: UnicodeEncodeError for lone surrogates.
inline std::string_view text_of(PyObject* string) {
  Py_ssize_t size = 0;
  const char* const utf8 = PyUnicode_AsUTF8AndSize(string, &size);
  if (utf8 == nullptr) throw PyError::fetch();
  return {utf8, static_cast<std::size_t>(size)};
}

/// A method that takes keywords, in the form that PyMethodDef wants.
inline PyCFunction with_keywords(PyCFunctionWithKeywords function) noexcept {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

/// The names of a function's arguments, in the form that PyArg_ParseTupleAndKeywords wants on every Python.
inline char** argument_names(const char** names) noexcept { return const_cast<char**>(names); }

}  // namespace gilscope::py
