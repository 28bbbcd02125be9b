# cython: language_level=3, boundscheck=False, wraparound=False
def gray(const unsigned char[::1] source, unsigned char[::1] result):
    cdef Py_ssize_t i
    with nogil:
        for i in range(result.shape[0]):
            result[i] = (19595 * source[3 * i] + 38470 * source[3 * i + 1] + 7471 * source[3 * i + 2] + 32768) >> 16
