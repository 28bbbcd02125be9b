// Runs the test files in Python that stand beside this one, each inside an interpreter that has the module.
#include "embed/py_error.h"
#include "tests/embed/module_fixture.h"

namespace gilscope::py {
namespace {

class ModulePython : public ModuleTest, public testing::WithParamInterface<const char*> {};

TEST_P(ModulePython, File) {
  run("folder, name = '" GILSCOPE_TEST_DIR "', '" + std::string(GetParam()) + "'");
  run(R"py(
import sys, unittest
sys.path.insert(0, folder)
sys.dont_write_bytecode = True
suite = unittest.defaultTestLoader.loadTestsFromName(name)
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
sys.stdout.flush()
ran = result.testsRun - len(result.skipped)  # in Python 3.12.1 testsRun is without those skipped
assert ran > 0 or result.skipped, "no tests in this file"
assert result.wasSuccessful(), "see above"
all_skipped = "; ".join({why for _, why in result.skipped}) if ran <= 0 else ""
)py");
  const PyRef main_module = raise_if_null(PyImport_ImportModule("__main__"));
  const PyRef skipped = PyRef::steal(PyObject_GetAttrString(main_module.get(), "all_skipped"));
  if (!skipped) {
    PyErr_Clear();
  } else if (PyUnicode_GetLength(skipped.get()) > 0) {
    GTEST_SKIP() << PyUnicode_AsUTF8(skipped.get());
  }
}

INSTANTIATE_TEST_SUITE_P(, ModulePython,
                         testing::Values("module_arguments", "module_image", "module_interrupt",
                                         "module_at_once", "module_kernels", "module_leaks", "module_numpy",
                                         "module_on_tile", "module_stub"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace gilscope::py
