/* The question and the answer; aileron/wire.py is the contract.
 *
 * The broker's first frame must come within ten seconds; when it says that a
 * person is being asked there is no limit after that.  Whatever is not exactly
 * the protocol ends in fail(): the command does not run.
 */

#include "shim.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef ANSWER_TIME_US
#define ANSWER_TIME_US (10 * 1000 * 1000)
#endif

static long long deadline; /* 0: none */

static _Noreturn void gone(void)
{
    fail("the broker of this session is gone",
         "no command can be judged any more; start a new session with aileron launch; do not retry");
}

static _Noreturn void garbled(void)
{
    fail("the broker's answer could not be read",
         "the session and aileron-sh may be of different versions; start a new session; do not retry");
}

/* Waits until the broker can be read from or written to. */
static void wait_for(int broker, short event)
{
    for (;;) {
        struct pollfd socket = {.fd = broker, .events = event};
        long long left = deadline ? deadline - now_us() : 0;
        int ready = 0;
        if (!deadline || left > 0)
            ready = poll(&socket, 1, deadline ? (int)(left / 1000) + 1 : -1);
        if (ready > 0)
            return;
        if (ready < 0 && errno != EINTR)
            gone();
        if (ready == 0 && deadline && now_us() >= deadline)
            fail("the broker of this session does not answer",
                 "the machine may be overloaded; try once more, then start a new session");
    }
}

int connect_broker(const char *socket_path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {ANSWER_TIME_US / 1000000, ANSWER_TIME_US % 1000000};
    if (strlen(socket_path) >= sizeof address.sun_path)
        fail("the path of the session's socket is too long",
             "set TMPDIR to a shorter path and start a new session");
    strcpy(address.sun_path, socket_path);
    deadline = now_us() + ANSWER_TIME_US;
    int broker = socket(AF_UNIX, SOCK_STREAM, 0);
    if (broker < 0)
        fail("no socket could be opened", "too many files may be open; do not retry");
    broker = high_descriptor(broker);
    /* the time that a connection waits for room in a full queue */
    setsockopt(broker, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    while (connect(broker, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno == EISCONN)
            break;
        if (errno != EINTR || now_us() >= deadline)
            gone();
    }
    return broker;
}

/* --- the request ------------------------------------------------------- */

struct frame {
    unsigned char *bytes;
    size_t size, room;
};

static void put_number(unsigned char *into, size_t number)
{
    for (int i = 0; i < 4; i++)
        into[i] = (unsigned char)(number >> (24 - 8 * i));
}

static void add(struct frame *frame, char tag, const char *value, size_t size)
{
    if (size > FRAME_LIMIT || frame->size + 5 + size > FRAME_LIMIT)
        fail("the command and its environment are too large to be judged",
             "put the text into a file and run that; do not retry");
    if (frame->size + 5 + size > frame->room) {
        frame->room = 2 * (frame->size + size) + 4096;
        frame->bytes = realloc(frame->bytes, frame->room);
        if (!frame->bytes)
            fail("out of memory", "close other programs and try again");
    }
    unsigned char *end = frame->bytes + frame->size;
    end[0] = (unsigned char)tag;
    put_number(end + 1, size);
    memcpy(end + 5, value, size);
    frame->size += 5 + size;
}

static void add_string(struct frame *frame, char tag, const char *value)
{
    add(frame, tag, value, strlen(value));
}

static void send_all(int broker, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        wait_for(broker, POLLOUT);
        ssize_t sent = send(broker, bytes, size, MSG_DONTWAIT);
        if (sent < 0 && errno != EINTR && errno != EAGAIN)
            gone();
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
    }
}

void send_request(int broker, const char *own_path, char **argv, const struct invocation *how,
                  const struct text *text)
{
    /* the length of the frame goes before its first field */
    struct frame frame = {.bytes = allocate(4096), .size = 4, .room = 4096};
    char directory[4096];
    if (!getcwd(directory, sizeof directory) || directory[0] != '/')
        directory[0] = '\0';
    add_string(&frame, 'V', "1");
    add_string(&frame, 'X', own_path);
    add_string(&frame, 'N', argv[0] ? argv[0] : "");
    for (int i = 1; argv[0] && argv[i]; i++)
        add_string(&frame, 'A', argv[i]);
    for (int i = 1; i < how->options; i++)
        add_string(&frame, 'O', argv[i]);
    add(&frame, 'M', &how->mode, 1);
    if (text->bytes)
        add(&frame, 'C', text->bytes, text->size);
    if (text->script)
        add_string(&frame, 'F', text->script);
    add_string(&frame, 'D', directory);
    for (char **entry = environ; *entry; entry++)
        if (is_asked_about(*entry))
            add_string(&frame, 'E', *entry);
    add_string(&frame, 'T', isatty(0) ? "1" : "0");
    put_number(frame.bytes, frame.size - 4);
    send_all(broker, frame.bytes, frame.size);
    free(frame.bytes);
}

/* --- the reply --------------------------------------------------------- */

/* Takes over a descriptor that came beside the bytes; only one may come. */
static void receive_descriptor(struct msghdr *message, int *descriptor)
{
    struct cmsghdr *part = CMSG_FIRSTHDR(message);
    if (message->msg_flags & MSG_CTRUNC)
        garbled();
    if (!part || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
        return;
    if (part->cmsg_len != CMSG_LEN(sizeof(int)) || *descriptor >= 0)
        garbled();
    memcpy(descriptor, CMSG_DATA(part), sizeof(int));
    *descriptor = high_descriptor(*descriptor);
}

static void receive(int broker, void *into, size_t size, int *descriptor)
{
    char *next = into;
    while (size > 0) {
        union {
            struct cmsghdr header;
            char bytes[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec part = {.iov_base = next, .iov_len = size};
        struct msghdr message = {
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = CMSG_LEN(sizeof(int)), /* CMSG_SPACE could hold a second one */
        };
        wait_for(broker, POLLIN);
        ssize_t got = recvmsg(broker, &message, MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            gone();
        receive_descriptor(&message, descriptor);
        next += got;
        size -= (size_t)got;
    }
}

static size_t number(const unsigned char *from)
{
    return (size_t)from[0] << 24 | (size_t)from[1] << 16 | (size_t)from[2] << 8 | from[3];
}

static char *string(const unsigned char *value, size_t size)
{
    char *copy = allocate(size + 1);
    if (memchr(value, '\0', size))
        garbled();
    memcpy(copy, value, size);
    copy[size] = '\0';
    return copy;
}

static void once(char **into, char *value)
{
    if (*into)
        garbled();
    *into = value;
}

static void append(char ***list, size_t *count, char *value)
{
    *list = realloc(*list, (*count + 2) * sizeof **list);
    if (!*list)
        fail("out of memory", "close other programs and try again");
    (*list)[(*count)++] = value;
    (*list)[*count] = NULL;
}

/* One frame's fields; false when it only says that a person is being asked. */
static bool read_fields(const unsigned char *body, size_t size, struct reply *reply)
{
    char *verdict = NULL;
    size_t unset = 0, put = 0, at = 0;
    if (size == 5 && body[0] == 'Y' && number(body + 1) == 0)
        return false;
    reply->unset = allocate(sizeof(char *));
    reply->put = allocate(sizeof(char *));
    reply->unset[0] = reply->put[0] = NULL;
    while (at < size) {
        if (size - at < 5 || number(body + at + 1) > size - at - 5)
            garbled();
        size_t length = number(body + at + 1);
        char *value = string(body + at + 5, length);
        switch (body[at]) {
        case 'K': once(&verdict, value); break;
        case 'P': once(&reply->path, value); break;
        case 'R': once(&reply->refusal, value); break;
        case 'U': append(&reply->unset, &unset, value); break;
        case 'S': append(&reply->put, &put, value); break;
        default: garbled();
        }
        at += 5 + length;
    }
    if (!verdict || (strcmp(verdict, "allow") != 0 && strcmp(verdict, "deny") != 0))
        garbled();
    reply->allowed = strcmp(verdict, "allow") == 0;
    return true;
}

struct reply read_reply(int broker)
{
    struct reply reply = {.shell = -1};
    bool answered = false;
    while (!answered) {
        unsigned char head[4];
        receive(broker, head, sizeof head, &reply.shell);
        size_t size = number(head);
        if (size > FRAME_LIMIT)
            garbled();
        unsigned char *body = allocate(size + 1);
        receive(broker, body, size, &reply.shell);
        answered = read_fields(body, size, &reply);
        deadline = 0;
        free(body);
    }
    if (reply.allowed && (reply.path != NULL) == (reply.shell >= 0))
        garbled(); /* exactly one of the two says which shell */
    if (reply.path && reply.path[0] != '/')
        garbled();
    return reply;
}

/* --- the report -------------------------------------------------------- */

static size_t decimal(char *into, long long value)
{
    char digits[24];
    size_t count = 0, size = 0;
    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count)
        into[size++] = digits[--count];
    return size;
}

/* Says how the command ended.  Best effort: the command has run, its status
 * stands, and a broker that does not listen must not hold it up. */
void send_report(int broker, int status, long long wall_us, const struct rusage *usage)
{
    char line[80];
    struct frame frame = {.bytes = allocate(512), .size = 4, .room = 512};
    bool exited = WIFEXITED(status);
    long long numbers[] = {
        usage->ru_utime.tv_sec * 1000000LL + usage->ru_utime.tv_usec,
        usage->ru_stime.tv_sec * 1000000LL + usage->ru_stime.tv_usec,
#ifdef __APPLE__
        usage->ru_maxrss / 1024,
#else
        usage->ru_maxrss,
#endif
    };
    strcpy(line, exited ? "exit " : "signal ");
    size_t size = strlen(line);
    size += decimal(line + size, exited ? WEXITSTATUS(status) : WTERMSIG(status));
    add(&frame, 'Z', line, size);
    add(&frame, 'W', line, decimal(line, wall_us));
    size = 0;
    for (int i = 0; i < 3; i++) {
        if (i)
            line[size++] = ' ';
        size += decimal(line + size, numbers[i]);
    }
    add(&frame, 'Q', line, size);
    put_number(frame.bytes, frame.size - 4);
    if (send(broker, frame.bytes, frame.size, MSG_DONTWAIT) < 0) {
        /* nothing to be done, and nobody to tell */
    }
    free(frame.bytes);
}
