# cython: language_level=3, boundscheck=False, wraparound=False
from cython.parallel import prange


def gray(const unsigned char[::1] source, unsigned char[::1] result, int num_threads):
    cdef Py_ssize_t i
    for i in prange(result.shape[0], nogil=True, schedule="static", num_threads=num_threads):
        result[i] = (19595 * source[3 * i] + 38470 * source[3 * i + 1] + 7471 * source[3 * i + 2] + 32768) >> 16
