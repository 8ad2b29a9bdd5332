/* aileron-sh: stands where an agent expects its shell.
 *
 *     who am I      own file, by the kernel; the session's broker is found from that
 *     what is it    bash's argument grammar (options.c), the text it will read (text.c)
 *     may it        one question to the broker (wire.c); it never parses shell text
 *     do it         the real shell with the identical argv (run.c), or exit 126
 *
 * Fail closed: in a session nothing runs unless the broker said so.
 *
 * The broker is looked for in two places, and nowhere else: not in the
 * environment and not in argv[0], which the agent writes.  First the fixed
 * directory, which exists only inside the contained tier; where it exists only
 * it counts, so that a copy of the shim next to a socket of somebody's own
 * gains nothing.  Then the run directory: the shim's own file is RUN/bin/NAME,
 * the socket RUN/broker.sock, and RUN belongs to us or root and nobody else
 * can write there.  Without either there is no session, and the command is
 * judged by aileron itself, found beside the shim's own file.
 */

#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#define FIXED_DIRECTORY "/dev/aileron"
#define SOCKET_NAME "/broker.sock"
#define INTERPRETER_LIMIT 4096

static void say(const char *const *parts, int count)
{
    struct iovec lines[8];
    for (int i = 0; i < count; i++)
        lines[i] = (struct iovec){.iov_base = (void *)parts[i], .iov_len = strlen(parts[i])};
    if (writev(2, lines, count) < 0) {
        /* nobody reads it; the exit status still says it */
    }
}

_Noreturn void fail(const char *message, const char *hint)
{
    const char *const parts[] = {"aileron: denied: ", message, "\nhint: ", hint, "\n"};
    say(parts, 5);
    _exit(EXIT_DENIED);
}

void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        fail("out of memory", "close other programs and try again");
    return memory;
}

/* Moves a descriptor of ours above those that scripts use by number. */
int high_descriptor(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    if (moved < 0)
        fail("no descriptor is left", "raise the limit on open files (ulimit -n)");
    close(fd);
    return moved;
}

/* Time that no clock setting moves, in microseconds. */
long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* --- where am I -------------------------------------------------------- */

static void find_own_path(char path[PATH_MAX])
{
#ifdef __APPLE__
    char raw[PATH_MAX];
    uint32_t room = sizeof raw;
    bool found = _NSGetExecutablePath(raw, &room) == 0 && realpath(raw, path);
#else
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    bool found = length > 0;
    path[found ? length : 0] = '\0';
#endif
    if (!found || path[0] != '/')
        fail("aileron-sh cannot tell where its own file is", "is /proc mounted?");
}

/* Whether nobody but us and root can have put things there. */
static bool trusted_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) && !(info.st_mode & 022) &&
           (info.st_uid == geteuid() || info.st_uid == 0);
}

/* Finds the socket of this session; false where there is no session. */
static bool find_broker(const char *own_path, char socket_path[PATH_MAX])
{
    struct stat info;
    if (lstat(FIXED_DIRECTORY, &info) == 0 || (errno != ENOENT && errno != ENOTDIR)) {
        if (!trusted_directory(FIXED_DIRECTORY))
            fail(FIXED_DIRECTORY " belongs to somebody else", "start a new session; do not retry");
        strcpy(socket_path, FIXED_DIRECTORY SOCKET_NAME);
        return true;
    }
    strcpy(socket_path, own_path);
    char *name = strrchr(socket_path, '/');
    *name = '\0';
    char *directory = strrchr(socket_path, '/');
    if (!directory || strcmp(directory, "/bin") != 0 || directory == socket_path)
        return false;
    *directory = '\0';
    if (!trusted_directory(socket_path) || strlen(socket_path) + sizeof SOCKET_NAME > PATH_MAX)
        return false;
    strcat(socket_path, SOCKET_NAME);
    return lstat(socket_path, &info) == 0;
}

/* --- no session -------------------------------------------------------- */

/* The interpreter that the first line of the aileron beside us names. */
static bool find_python(const char *own_path, char python[PATH_MAX + INTERPRETER_LIMIT])
{
    char line[INTERPRETER_LIMIT];
    strcpy(python, own_path);
    char *name = strrchr(python, '/') + 1;
    strcpy(name, "aileron");
    int fd = open(python, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (size < 3)
        return false;
    close(fd);
    line[size] = '\0';
    if (strncmp(line, "#!/", 3) != 0)
        return false;
    line[2 + strcspn(line + 2, " \t\r\n")] = '\0';
    const char *base = strrchr(line, '/') + 1;
    if (strncmp(base, "python", 6) == 0) {
        strcpy(python, line + 2);
        return true;
    }
    /* installers write #!/bin/sh where the interpreter's path is long or has spaces */
    if (strcmp(line + 2, "/bin/sh") != 0)
        return false;
    strcpy(name, "python3");
    if (access(python, X_OK) == 0)
        return true;
    strcpy(name, "python");
    return access(python, X_OK) == 0;
}

static _Noreturn void judge_alone(const char *own_path, int argc, char **argv)
{
    static char python[PATH_MAX + INTERPRETER_LIMIT];
    char *head[] = {python, "-I", "-m", "aileron.session.standalone", "--"};
    size_t extra = sizeof head / sizeof *head;
    char **words = allocate((extra + (size_t)argc + 1) * sizeof *words);
    memcpy(words, head, sizeof head);
    memcpy(words + extra, argv, ((size_t)argc + 1) * sizeof *argv);
    if (find_python(own_path, python))
        execv(python, words);
    const char *const parts[] = {"aileron: no session, and no aileron beside aileron-sh\n",
                                 "hint: start the agent with aileron launch, or install aileron ",
                                 "in the folder of aileron-sh\n"};
    say(parts, 3);
    _exit(EXIT_DENIED);
}

/* --- the whole --------------------------------------------------------- */

int main(int argc, char **argv)
{
    char own_path[PATH_MAX], socket_path[PATH_MAX];
    sigset_t pipe_signal, inherited_mask;
    find_own_path(own_path);
    if (!find_broker(own_path, socket_path))
        judge_alone(own_path, argc, argv);

    /* a broker that goes away must not end us without a word */
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_signal, &inherited_mask);

    const char *shell = strrchr(own_path, '/') + 1;
    struct invocation how = read_arguments(shell, argv, isatty(0) && isatty(2));
    struct text text = read_text(&how, argv);
    int broker = connect_broker(socket_path);
    send_request(broker, own_path, argv, &how, &text);
    struct reply reply = read_reply(broker);
    if (!reply.allowed) {
        if (!reply.refusal)
            fail("the policy of this session does not allow it", "do not retry");
        const char *const parts[] = {reply.refusal};
        say(parts, 1);
        _exit(EXIT_DENIED);
    }
    if (!script_unchanged(&text))
        fail("the script was changed while it was being judged", "run it again");
    run_shell(broker, &reply, &text, argv, &inherited_mask);
}
