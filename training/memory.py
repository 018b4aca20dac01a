"""What malloc does with freed memory while a network learns on a CPU."""

import ctypes


def keep_memory() -> None:
    """Have malloc reuse what was freed: giving 16 MB tensors back to the system made a step twenty times slower."""
    libc = ctypes.CDLL(None)
    m_trim_threshold, m_top_pad, m_mmap_threshold = -1, -2, -3
    for option, value in ((m_mmap_threshold, 2**31 - 1), (m_trim_threshold, 2**31 - 1), (m_top_pad, 2**28)):
        libc.mallopt(option, value)
