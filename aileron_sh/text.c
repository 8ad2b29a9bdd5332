/* What the shell will read, read before it does.
 *
 * Text is sent to the broker only where all of it was read and where the shell
 * will get just those bytes.  The text of -c is in argv.  A script file is read
 * here, and compared once more after the verdict.  Standard input is copied to
 * a sealed file in memory, which the shell gets instead; the original is only
 * peeked at, and after the shell has ended it is moved on by as much as the
 * shell took, so that a program that shares it sees no difference.  A pipe or
 * socket counts as read only when its writer has closed it: nobody can add to
 * what was judged.  (The shell then finds a file where a pipe was: /dev/stdin
 * opened anew begins at the beginning.)  Everything else (devices, larger text,
 * a writer that is slower than 300 ms, systems without sealed memory files) is
 * not read.
 */

#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITER_TIME_US (300 * 1000)

/* All bytes of a regular file from `offset` on, or -1 when there are more than
 * TEXT_LIMIT; `into` has room for one more. */
static ssize_t read_file(int fd, off_t offset, char *into)
{
    size_t size = 0;
    while (size <= TEXT_LIMIT) {
        ssize_t got = pread(fd, into + size, TEXT_LIMIT + 1 - size, offset + (off_t)size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return (ssize_t)size;
        size += (size_t)got;
    }
    return -1;
}

/* A script's bytes.  Opening a pipe would disturb it, and some systems let two
 * openings of /dev/fd/N share one position: neither is read. */
static ssize_t read_script(const char *path, char *into)
{
    struct stat info;
    if (stat(path, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size > TEXT_LIMIT)
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -1;
    ssize_t size = -1;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && lseek(fd, 0, SEEK_CUR) == 0)
        size = read_file(fd, 0, into);
    close(fd);
    return size;
}

/* The path as bash opens it: as it is, or, for a bare name that is not in the
 * directory, the first readable file of that name on PATH.  bash gives ~ and
 * relative entries of PATH meanings of its own: behind one nothing is found. */
static char *script_path(char *name)
{
    struct stat info;
    const char *path = variable("PATH");
    if (!*name || strchr(name, '/') || stat(name, &info) == 0 || errno != ENOENT || !path)
        return name;
    char *found = allocate(strlen(path) + strlen(name) + 2);
    for (;;) {
        size_t length = strcspn(path, ":");
        if (length && *path != '/')
            break;
        memcpy(found, path, length);
        memcpy(found + length, "/", 2);
        strcat(found, name);
        if (length && access(found, R_OK) == 0)
            return found;
        if (!path[length])
            break;
        path += length + 1;
    }
    free(found);
    return name;
}

#ifdef __linux__

/* Whether the writer of standard input closes it soon. */
static bool writer_closes(short event)
{
    long long deadline = now_us() + WRITER_TIME_US;
    for (;;) {
        struct pollfd input = {.fd = 0, .events = event};
        long long left = deadline - now_us();
        int ready = poll(&input, 1, left > 0 ? (int)((left + 999) / 1000) : 0);
        if (ready > 0)
            return (input.revents & (POLLHUP | event)) != 0;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

/* What is in the pipe, by way of a second pipe that gets a copy. */
static ssize_t peek_pipe(char *into, int waiting)
{
    int copy[2];
    ssize_t size = 0;
    if (waiting == 0)
        return 0;
    if (pipe2(copy, O_CLOEXEC) < 0)
        return -1;
    if (tee(0, copy[1], (size_t)waiting, SPLICE_F_NONBLOCK) != waiting)
        size = -1;
    while (size >= 0 && size < waiting) {
        ssize_t got = read(copy[0], into + size, (size_t)(waiting - size));
        if (got > 0)
            size += got;
        else if (got == 0 || errno != EINTR)
            size = -1;
    }
    close(copy[0]);
    close(copy[1]);
    return size;
}

static ssize_t peek_stdin(char *into)
{
    struct stat info;
    if (fstat(0, &info) < 0)
        return -1;
    if (S_ISREG(info.st_mode)) {
        off_t offset = lseek(0, 0, SEEK_CUR);
        bool read_only = (fcntl(0, F_GETFL) & O_ACCMODE) == O_RDONLY;
        return read_only && offset >= 0 ? read_file(0, offset, into) : -1;
    }
    bool pipe = S_ISFIFO(info.st_mode);
    int waiting;
    if (!pipe && !S_ISSOCK(info.st_mode))
        return -1;
    if (!writer_closes(pipe ? POLLHUP : POLLRDHUP))
        return -1;
    if (ioctl(0, FIONREAD, &waiting) < 0 || waiting < 0 || waiting > TEXT_LIMIT)
        return -1;
    if (pipe)
        return peek_pipe(into, waiting);
    ssize_t size = recv(0, into, TEXT_LIMIT, MSG_PEEK | MSG_DONTWAIT);
    return size == waiting ? size : -1;
}

/* A file in memory that holds these bytes and never others; -1 without one. */
static int sealed_copy(const char *bytes, size_t size)
{
    int fd = memfd_create("aileron", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    fd = high_descriptor(fd);
    int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    size_t written = 0;
    while (written < size) {
        ssize_t put = pwrite(fd, bytes + written, size - written, (off_t)written);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        written += (size_t)put;
    }
    if (written == size && fcntl(fd, F_ADD_SEALS, seals) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Moves the original standard input on by what the shell took of the copy. */
void consume_stdin(const struct text *text)
{
    struct stat info;
    off_t taken = text->stdin_copy < 0 ? 0 : lseek(text->stdin_copy, 0, SEEK_CUR);
    if (taken <= 0 || fstat(0, &info) < 0)
        return;
    if (taken > (off_t)text->size)
        taken = (off_t)text->size;
    if (S_ISREG(info.st_mode)) {
        lseek(0, taken, SEEK_CUR);
        return;
    }
    static char discarded[TEXT_LIMIT];
    struct pollfd input = {.fd = 0, .events = POLLIN};
    while (taken > 0 && poll(&input, 1, 0) == 1 && (input.revents & POLLIN)) {
        ssize_t got = read(0, discarded, (size_t)taken);
        if (got <= 0)
            break;
        taken -= got;
    }
}

#else

static ssize_t peek_stdin(char *into)
{
    (void)into;
    return -1;
}

static int sealed_copy(const char *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return -1;
}

void consume_stdin(const struct text *text)
{
    (void)text;
}

#endif

struct text read_text(const struct invocation *how, char **argv)
{
    static char buffer[TEXT_LIMIT + 1];
    struct text text = {.stdin_copy = -1};
    ssize_t size = -1;
    if (how->mode == 'c') {
        text.bytes = argv[how->operand];
        text.size = strlen(text.bytes);
    } else if (how->mode == 'f') {
        text.script = script_path(argv[how->operand]);
        size = read_script(text.script, buffer);
    } else if (how->mode == 's') {
        size = peek_stdin(buffer);
        text.stdin_copy = size < 0 ? -1 : sealed_copy(buffer, (size_t)size);
        if (text.stdin_copy < 0)
            size = -1;
    }
    if (size >= 0) {
        text.bytes = buffer;
        text.size = (size_t)size;
    }
    return text;
}

/* Whether the script still holds the bytes that were judged. */
bool script_unchanged(const struct text *text)
{
    static char again[TEXT_LIMIT + 1];
    if (!text->script || !text->bytes)
        return true;
    ssize_t size = read_script(text->script, again);
    return size >= 0 && (size_t)size == text->size && memcmp(again, text->bytes, text->size) == 0;
}
