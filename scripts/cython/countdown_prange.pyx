# cython: language_level=3
from cython.parallel import prange

cdef extern from *:
    """typedef volatile long counted_t; /* or the compiler would see that nothing is left, and not count */"""
    ctypedef long counted_t


cdef long count_down(long begin) nogil:
    cdef counted_t n = begin
    while n > 0:
        n -= 1
    return begin - n


def count_all_down(const long[::1] begins, long[::1] counted, int num_threads):
    cdef Py_ssize_t i
    for i in prange(begins.shape[0], nogil=True, schedule="dynamic", num_threads=num_threads):
        counted[i] = count_down(begins[i])
