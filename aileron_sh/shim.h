/* What the files of the shim share; shim.c tells the whole story. */

#ifndef AILERON_SHIM_H
#define AILERON_SHIM_H

#ifdef __APPLE__
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <signal.h>
#include <sys/resource.h>

#define EXIT_DENIED 126
#define TEXT_LIMIT (64 * 1024)      /* larger text is not read, see aileron/wire.py */
#define FRAME_LIMIT (4 * 1024 * 1024)

extern char **environ;

/* options.c: bash's argument grammar */

struct invocation {
    char mode;      /* c f s i v u, as in aileron/wire.py */
    int options;    /* argv[1] to argv[options - 1] are option words */
    int operand;    /* argv[operand] is the text of -c or the script; the rest are its arguments */
};

struct invocation read_arguments(const char *shell, char **argv, bool terminals);

/* text.c: what the shell will read */

struct text {
    char *bytes;    /* NULL where it could not all be read before the shell runs */
    size_t size;
    char *script;   /* the path of the script as the shell will open it, or NULL */
    int stdin_copy; /* sealed copy that becomes the shell's standard input, or -1 */
};

struct text read_text(const struct invocation *how, char **argv);
bool script_unchanged(const struct text *text);
void consume_stdin(const struct text *text);

/* environment.c: the variables that change what a shell does */

bool same_name(const char *entry, const char *name);
bool is_asked_about(const char *entry);
const char *variable(const char *name);
char **edited_environment(char *const *unset, char *const *put);

/* wire.c: the question and the answer */

struct reply {
    bool allowed;
    int shell;      /* descriptor of the real shell, or -1 */
    char *path;     /* its path, or NULL */
    char *refusal;  /* text for standard error, or NULL */
    char **unset;   /* names, NULL at the end */
    char **put;     /* NAME=value, NULL at the end */
};

int connect_broker(const char *socket_path);
void send_request(int broker, const char *own_path, char **argv, const struct invocation *how,
                  const struct text *text);
struct reply read_reply(int broker);
void send_report(int broker, int status, long long wall_us, const struct rusage *usage);

/* run.c: the real shell */

_Noreturn void run_shell(int broker, const struct reply *reply, const struct text *text,
                         char **argv, const sigset_t *inherited_mask);

/* shim.c */

_Noreturn void fail(const char *message, const char *hint);
void *allocate(size_t size);
int high_descriptor(int fd);
long long now_us(void);

#endif
