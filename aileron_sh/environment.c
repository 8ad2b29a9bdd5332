/* The environment, as far as it changes what a shell does with a text.
 *
 * The variables below go to the broker, which names those that the shell must
 * not get.  A name that comes twice means one thing to the shell (its last
 * value) and another to getenv(3) (its first), so of these variables only the
 * last one is passed on: the one that the broker saw.
 */

#include "shim.h"

#include <string.h>

static const char *const NAMES[] = {
    "PATH",      "HOME",     "SHLVL",          "PWD",     "BASH_ENV",        "ENV",
    "SHELLOPTS", "BASHOPTS", "PS4",            "IFS",     "PROMPT_COMMAND",  "CDPATH",
    "TMPDIR",    "GLOBIGNORE", "POSIXLY_CORRECT", "BASH_COMPAT", "BASH_XTRACEFD", NULL,
};
static const char *const PREFIXES[] = {"LD_", "DYLD_", "BASH_FUNC_", NULL};

/* Whether two strings NAME or NAME=value have one name. */
bool same_name(const char *entry, const char *name)
{
    size_t length = strcspn(name, "=");
    return strncmp(entry, name, length) == 0 && (entry[length] == '=' || !entry[length]);
}

bool is_asked_about(const char *entry)
{
    if (!strchr(entry, '='))
        return false;
    for (const char *const *name = NAMES; *name; name++)
        if (same_name(entry, *name))
            return true;
    for (const char *const *prefix = PREFIXES; *prefix; prefix++)
        if (strncmp(entry, *prefix, strlen(*prefix)) == 0)
            return true;
    return false;
}

/* The value that a shell will see, or NULL. */
const char *variable(const char *name)
{
    const char *value = NULL;
    for (char **entry = environ; *entry; entry++)
        if (strchr(*entry, '=') && same_name(*entry, name))
            value = strchr(*entry, '=') + 1;
    return value;
}

static bool named_in(const char *entry, char *const *list)
{
    for (; *list; list++)
        if (same_name(entry, *list))
            return true;
    return false;
}

/* The environment of the real shell: ours without `unset`, with `put`. */
char **edited_environment(char *const *unset, char *const *put)
{
    size_t count = 1;
    for (char **entry = environ; *entry; entry++)
        count++;
    for (char *const *entry = put; *entry; entry++)
        count++;
    char **edited = allocate(count * sizeof *edited), **next = edited;
    for (char **entry = environ; *entry; entry++) {
        bool again = is_asked_about(*entry) && named_in(*entry, entry + 1);
        if (!again && !named_in(*entry, unset) && !named_in(*entry, put))
            *next++ = *entry;
    }
    for (char *const *entry = put; *entry; entry++)
        *next++ = (char *)*entry;
    *next = NULL;
    return edited;
}
