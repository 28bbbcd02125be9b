# cython: language_level=3
cdef extern from *:
    """typedef volatile long counted_t; /* or the compiler would see that nothing is left, and not count */"""
    ctypedef long counted_t


def count_down(long begin):
    cdef counted_t n = begin
    with nogil:
        while n > 0:
            n -= 1
    return begin - n
