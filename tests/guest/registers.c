/* Lets User-Mode Linux of Debian 12 run on a processor whose registers take more room than it keeps for a process.
 *
 * It asks ptrace(2) for all of them and gives back what it kept. Since Linux 6.x that is refused if anything is missing:
 * on a processor with AMX always. What is beyond its room (the tiles of AMX, which no program here uses) stays as it is.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long all_registers(long request, long pid, struct iovec *kept)
{
    static char octets[65536]; /* not on the stack: that of a kernel's thread is small; and there is one thread at a time */
    struct iovec whole = {octets, sizeof octets};
    long failed = syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole);
    if (failed || whole.iov_len <= kept->iov_len)
        return syscall(SYS_ptrace, request, pid, NT_X86_XSTATE, kept);
    if (request == PTRACE_GETREGSET) {
        memcpy(kept->iov_base, octets, kept->iov_len);
        return 0;
    }
    memcpy(octets, kept->iov_base, kept->iov_len);
    return syscall(SYS_ptrace, request, pid, NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list rest;
    va_start(rest, request);
    long pid = va_arg(rest, long), address = va_arg(rest, long), data = va_arg(rest, long);
    va_end(rest);
    if (address == NT_X86_XSTATE && (request == PTRACE_GETREGSET || request == PTRACE_SETREGSET))
        return all_registers(request, pid, (struct iovec *)data);
    long peeked, done;
    if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
        return syscall(SYS_ptrace, request, pid, address, data);
    done = syscall(SYS_ptrace, request, pid, address, &peeked);
    return done < 0 ? done : peeked;
}
