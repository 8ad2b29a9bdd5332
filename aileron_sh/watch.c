/*
 * aileron-watch FD [--ctty] -- PROGRAM ARGS...
 *
 * Runs PROGRAM so that whoever holds the other end of FD sees and judges every
 * program that it, or anything it starts, executes.  It decides nothing itself.
 *
 *   1. --ctty: a new session whose controlling terminal is descriptor 0.
 *   2. no_new_privs, without which an ordinary user may not install a filter;
 *      from here on setuid programs gain nothing.
 *   3. A seccomp filter that no descendant can take off: execve and execveat
 *      wait for an answer from the listener, all else passes.  Every other way
 *      to make a system call (i386 and x32 on x86_64, 32-bit ARM on aarch64)
 *      is closed, for its numbers are different ones.
 *   4. The listener goes out through FD; both are closed, PROGRAM is executed.
 *      That exec is the first to be judged.
 *
 * FD is a connected Unix stream socket and gets one message: "L" with the
 * listener beside it, or "E", the errno in decimal, a space and what failed.
 *
 * Exit: 125 when PROGRAM cannot be watched, 126 when it may not be executed,
 * 127 when it is not there; else what PROGRAM returns.
 *
 * Linux only, x86_64 and aarch64.  The few kernel constants are written out,
 * because musl-gcc comes without the kernel's headers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined(__linux__)
#error "aileron-watch needs Linux"
#elif defined(__x86_64__) && !defined(__ILP32__)
#define NATIVE 0xC000003Eu
#define FOREIGN_EXIT 1       /* i386 */
#define FOREIGN_EXIT_GROUP 252
#elif defined(__aarch64__) && !defined(__ILP32__)
#define NATIVE 0xC00000B7u
#define FOREIGN_EXIT 1       /* 32-bit ARM */
#define FOREIGN_EXIT_GROUP 248
#else
#error "aileron-watch knows x86_64 and aarch64"
#endif

#define FILTER_NEW_LISTENER (1ul << 3)
#define FILTER_WAIT_KILLABLE (1ul << 5) /* Linux 5.19: only a fatal signal ends the wait */
#define SET_MODE_FILTER 1

#define RETURN_NOTIFY 0x7FC00000u
#define RETURN_ALLOW 0x7FFF0000u
#define RETURN_ERRNO 0x00050000u

#define LOAD 0x20   /* BPF_LD | BPF_W | BPF_ABS */
#define EQUAL 0x15  /* BPF_JMP | BPF_JEQ | BPF_K */
#define ATLEAST 0x35 /* BPF_JMP | BPF_JGE | BPF_K */
#define RETURN 0x06 /* BPF_RET | BPF_K */
#define NUMBER 0    /* offsets in struct seccomp_data */
#define ARCHITECTURE 4
#ifndef TIOCLINUX
#define TIOCLINUX 0x541C
#endif
#define SECOND_ARGUMENT 24 /* its low half; both machines are little endian */

struct instruction {
    uint16_t code;
    uint8_t yes, no;
    uint32_t value;
};

struct program {
    unsigned short length;
    struct instruction *first;
};

static struct instruction filter[] = {
    {LOAD, 0, 0, ARCHITECTURE},
    {EQUAL, 5, 0, NATIVE},
    /* Another architecture.  It may end (some C libraries try for ever), nothing else. */
    {LOAD, 0, 0, NUMBER},
    {EQUAL, 2, 0, FOREIGN_EXIT},
    {EQUAL, 1, 0, FOREIGN_EXIT_GROUP},
    {RETURN, 0, 0, RETURN_ERRNO | ENOSYS},
    {RETURN, 0, 0, RETURN_ALLOW},
    {LOAD, 0, 0, NUMBER},
#if defined(__x86_64__)
    /* x32: its bit; and its own numbers, which old kernels took without the bit. */
    {ATLEAST, 2, 0, 0x40000000u},
    {EQUAL, 1, 0, 520},
    {EQUAL, 0, 1, 545},
    {RETURN, 0, 0, RETURN_ERRNO | ENOSYS},
#endif
    {EQUAL, 1, 0, SYS_execve},
    {EQUAL, 0, 1, SYS_execveat},
    {RETURN, 0, 0, RETURN_NOTIFY},
    {EQUAL, 0, 4, SYS_ioctl},
    /* Typing into the terminal that we share with the person would answer and run for them. */
    {LOAD, 0, 0, SECOND_ARGUMENT},
    {EQUAL, 1, 0, TIOCSTI},
    {EQUAL, 0, 1, TIOCLINUX},
    {RETURN, 0, 0, RETURN_ERRNO | EPERM},
    {RETURN, 0, 0, RETURN_ALLOW},
};

static _Noreturn void fail(int fd, const char *what)
{
    int error = errno;
    char text[128];
    int size = snprintf(text, sizeof text, "E%d %s", error, what);

    if (send(fd, text, (size_t)size, MSG_NOSIGNAL) != size)
        fprintf(stderr, "aileron: cannot watch this program: %s: %s\n", what, strerror(error));
    exit(125);
}

static int install(void)
{
    struct program program = {sizeof filter / sizeof *filter, filter};
    long listener = syscall(SYS_seccomp, SET_MODE_FILTER,
                            FILTER_NEW_LISTENER | FILTER_WAIT_KILLABLE, &program);

    if (listener < 0 && errno == EINVAL)
        listener = syscall(SYS_seccomp, SET_MODE_FILTER, FILTER_NEW_LISTENER, &program);
    return (int)listener;
}

static int hand_over(int fd, int listener)
{
    char byte = 'L';
    struct iovec part = {&byte, 1};
    union {
        char room[CMSG_SPACE(sizeof listener)];
        struct cmsghdr aligned;
    } control;
    struct msghdr message;
    struct cmsghdr *head;
    ssize_t sent;

    memset(&control, 0, sizeof control);
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof listener);
    memcpy(CMSG_DATA(head), &listener, sizeof listener);
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1 ? 0 : -1;
}

static _Noreturn void usage(void)
{
    fputs("usage: aileron-watch FD [--ctty] -- PROGRAM ARGS...\n", stderr);
    exit(125);
}

int main(int argc, char **argv)
{
    int at = 2, ctty = 0, fd, listener;
    char *end;
    long number;

    if (argc < 4)
        usage();
    number = strtol(argv[1], &end, 10);
    if (*end || end == argv[1] || number < 0 || number > INT_MAX)
        usage();
    fd = (int)number;
    if (!strcmp(argv[at], "--ctty"))
        ctty = 1, at++;
    if (strcmp(argv[at], "--") || !argv[at + 1])
        usage();
    argv += at + 1;

    if (ctty) {
        if (setsid() < 0 && getsid(0) != getpid())
            fail(fd, "a new session");
        if (ioctl(0, TIOCSCTTY, 0) < 0)
            fail(fd, "the controlling terminal");
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fail(fd, "no_new_privs");
    listener = install();
    if (listener < 0)
        fail(fd, "seccomp");
    if (hand_over(fd, listener) < 0)
        fail(fd, "handing the listener over");
    close(listener);
    close(fd);

    execvp(argv[0], argv);
    fprintf(stderr, "aileron: cannot run %s: %s\n", argv[0], strerror(errno));
    return errno == ENOENT || errno == ENOTDIR ? 127 : 126;
}
