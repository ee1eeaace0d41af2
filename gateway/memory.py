"""How a serving process keeps its memory: what start-up made is left alone, what requests leave behind is given back."""

import ctypes
import gc

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 128 * 1024
_ARENAS = 1


def settle() -> None:
    """Prepare a process that has everything imported to serve.

    What start-up made leaves the garbage collector's sight: it stays, and looking through it again and again costs more
    than a request. What requests leave behind is looked at less often, in larger lots.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
    give_back()


def give_back() -> bool:
    """Have the C library return freed memory to the system; False where it cannot be told.

    glibc begins so, but raises its thresholds to 32 and 64 MiB by the blocks it sees freed, and gives each thread a heap:
    together a seventh of what a process holds. One heap does, for the threads take Python's lock, or SQLite's, in turns.
    Source: https://man7.org/linux/man-pages/man3/mallopt.3.html.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is None:
        return False
    options = ((_M_ARENA_MAX, _ARENAS), (_M_MMAP_THRESHOLD, _LARGE_BYTES), (_M_TRIM_THRESHOLD, _LARGE_BYTES))
    told = [tell(option, value) for option, value in options]
    return all(told)
