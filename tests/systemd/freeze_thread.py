"""freeze_thread.py PID THREAD: stops one thread of a process, as a hang of its loop would, until the process dies.

By ptrace, which stops a single thread where SIGSTOP stops them all: so the installed binary is tested as it is,
without a hook in it. Prints "frozen" once the thread stands.
"""
import ctypes
import os
import pathlib
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {thread}")


def main():
    pid, name = sys.argv[1:]
    # A thread that it has just started still has its name: the first one is meant.
    thread = min(int(t.name) for t in pathlib.Path(f"/proc/{pid}/task").iterdir()
                 if (t / "comm").read_text().strip() == name)
    ptrace(PTRACE_SEIZE, thread)
    ptrace(PTRACE_INTERRUPT, thread)
    os.waitpid(thread, WALL)
    print("frozen", flush=True)
    while True:  # a dead thread that is traced stays until its tracer has taken note
        _, status = os.waitpid(thread, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            return


main()
