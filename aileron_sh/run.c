/* The real shell: started with the identical argv, waited for, and imitated.
 *
 * The shell gets what the shim was given: descriptors, signal mask and
 * dispositions, process group, session, terminal.  The shim keeps none of the
 * descriptors open, so that a reader of a pipe or a lock sees them closed when
 * the shell's own tree has closed them.
 *
 * While it waits the shim passes on signals that were sent to it alone.  What
 * the terminal sends (Ctrl-C, Ctrl-Z, a change of size) reaches the whole
 * process group and so the shell too; it is not passed on a second time.  A
 * hang-up goes to the session leader alone, and is passed on if that is the
 * shim.  When the shell stops, the shim stops in the same way; when the shell
 * dies of a signal, so does the shim.  If the shim is killed, so is the shell
 * (where the system can do that).
 */

#include "shim.h"

#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#endif

#define SIGNALS 32 /* the usual ones, not the real-time ones: those end us, and so the shell */

static volatile sig_atomic_t pending[SIGNALS];
static bool session_leader;

/* --- the child --------------------------------------------------------- */

static _Noreturn void become_shell(const struct reply *reply, char **argv, char **environment)
{
    if (reply->path)
        execve(reply->path, argv, environment);
#ifdef __linux__
    else
        syscall(SYS_execveat, reply->shell, "", argv, environment, AT_EMPTY_PATH);
#endif
    fail("the real shell could not be started", "aileron doctor tells which shells it found");
}

/* --- signals ----------------------------------------------------------- */

static bool to_us_alone(int number, const siginfo_t *info)
{
    switch (info->si_code) {
    case SI_USER:
    case SI_QUEUE:
#ifdef SI_TKILL
    case SI_TKILL:
#endif
        return true;
    }
    switch (number) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
        return false;
    case SIGHUP:
    case SIGCONT:
        return session_leader;
    }
    return true; /* an alarm that was set before the shim was started */
}

static void note(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (number != SIGCHLD && to_us_alone(number, info))
        pending[number] = 1;
}

/* Signals that mean a fault of ours keep their default; so does what was
 * ignored when we were started, since the shell ignores it too. */
static void watch_signals(void)
{
    const struct sigaction ours = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    for (int number = 1; number < SIGNALS; number++) {
        struct sigaction before;
        switch (number) {
        case SIGKILL:
        case SIGSTOP:
        case SIGSEGV:
        case SIGBUS:
        case SIGFPE:
        case SIGILL:
        case SIGTRAP:
        case SIGSYS:
            continue;
        }
        sigaction(number, &ours, &before);
        if (before.sa_handler == SIG_IGN && number != SIGCHLD)
            sigaction(number, &before, NULL);
    }
}

static void pass_on(pid_t shell)
{
    for (int number = 1; number < SIGNALS; number++) {
        if (pending[number]) {
            pending[number] = 0;
            kill(shell, number);
        }
    }
}

/* Lets the default action of a signal happen to the shim.  If that is to stop,
 * it is noted before this returns whether we alone were told to go on. */
static void suffer(int number)
{
    struct sigaction standard = {.sa_handler = SIG_DFL}, ours = {0};
    sigset_t let;
    sigemptyset(&let);
    sigaddset(&let, number);
    sigaddset(&let, SIGCONT);
    sigaction(number, &standard, &ours);
    kill(getpid(), number);
    sigprocmask(SIG_UNBLOCK, &let, NULL);
    sigprocmask(SIG_BLOCK, &let, NULL);
    sigaction(number, &ours, NULL);
}

/* Whether we have been told to go on, and the shell perhaps not yet. */
static bool told_to_go_on(void)
{
    sigset_t waiting;
    sigpending(&waiting);
    return pending[SIGCONT] || sigismember(&waiting, SIGCONT);
}

/* --- the parent -------------------------------------------------------- */

static void close_span(unsigned first, unsigned last)
{
#ifdef __linux__
    if (syscall(SYS_close_range, first, last, 0) == 0)
        return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    if (limit < 0 || limit > 65536)
        limit = 65536;
    for (unsigned fd = first; fd <= last && fd < (unsigned)limit; fd++)
        close((int)fd);
}

/* Closes every descriptor but these; -1 stands for none. */
static void close_all_but(const int *kept, int count)
{
    unsigned first = 0, next;
    do {
        next = UINT_MAX;
        for (int i = 0; i < count; i++)
            if ((unsigned)kept[i] >= first && (unsigned)kept[i] < next)
                next = (unsigned)kept[i];
        if (next > first)
            close_span(first, next == UINT_MAX ? next : next - 1);
        first = next + 1;
    } while (next != UINT_MAX);
}

/* Waits for the end of the shell; its status. */
static int wait_for_end(pid_t shell, struct rusage *usage)
{
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
        int status;
        pid_t who;
        /* any child: a shim that is process 1 also gets the orphans */
        while ((who = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, usage)) > 0) {
            if (who != shell)
                continue;
            if (WIFEXITED(status) || WIFSIGNALED(status))
                return status;
            if (WIFCONTINUED(status))
                pending[SIGCONT] = 0; /* so it need not be told */
            else if (!told_to_go_on())
                suffer(WSTOPSIG(status));
        }
        pass_on(shell);
        sigsuspend(&none);
    }
}

_Noreturn void run_shell(int broker, const struct reply *reply, const struct text *text,
                         char **argv, const sigset_t *inherited_mask)
{
    char **environment = edited_environment(reply->unset, reply->put);
    struct sigaction standard = {.sa_handler = SIG_DFL}, inherited_child;
    struct rusage usage = {0};
    sigset_t all;
    pid_t shim = getpid();
    session_leader = getsid(0) == shim;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    sigaction(SIGCHLD, &standard, &inherited_child);

    long long started = now_us();
    pid_t shell = fork();
    if (shell < 0)
        fail("no process could be started", "the limit on processes may be reached; do not retry");
    if (shell == 0) {
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != shim)
            _exit(EXIT_DENIED);
#endif
        if (text->stdin_copy >= 0)
            dup2(text->stdin_copy, 0);
        sigaction(SIGCHLD, &inherited_child, NULL);
        sigprocmask(SIG_SETMASK, inherited_mask, NULL);
        become_shell(reply, argv, environment);
    }
    bool copied = text->stdin_copy >= 0;
    const int kept[] = {broker, text->stdin_copy, copied ? 0 : -1};
    close_all_but(kept, sizeof kept / sizeof *kept);
    watch_signals();
    int status = wait_for_end(shell, &usage);
    if (copied)
        consume_stdin(text);
    send_report(broker, status, now_us() - started, &usage);
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core); /* the shell has left its own */
    suffer(WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}
