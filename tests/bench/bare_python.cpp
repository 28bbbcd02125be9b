// python3 made of the library that gilscope is linked to, and of nothing else: what a distribution's own
// python3 is faster by (link-time optimisation, say) is then told apart from what gilscope costs.
#include <Python.h>

int main(int count, char** arguments) { return Py_BytesMain(count, arguments); }
