/* bash's argument grammar, as bash 5.2 itself applies it.
 *
 * First come long options, with one dash or two (-login is --login); --rcfile
 * and --init-file take the next word.  The first word that is no long option
 * ends them, and none is known after it.  Then come words that start with - or
 * +, each a row of letters; every o or O in a row takes one further word after
 * the row.  A word - or -- ends the options.  With c in any row the first word
 * after all options is the text; otherwise that word is a script, unless s was
 * given.
 *
 * sh, dash and zsh differ in ways that would make a text look like another
 * (dash runs the text of -c and then standard input when s, or -o stdin, is
 * given too; zsh takes the rest of the row as the name after o, and b ends its
 * options).  For them only what all of them read alike is known here; the rest
 * is mode u, which nobody takes for a command that was read.
 *
 * This file is pure: strings to numbers.
 */

#include "shim.h"

#include <string.h>

static const char *const LONG_FLAGS[] = {
    "debug",   "debugger", "dump-po-strings", "dump-strings", "login",   "noediting", "noprofile",
    "norc",    "posix",    "pretty-print",    "restricted",   "verbose", NULL,
};
static const char *const LONG_WITH_FILE[] = {"init-file", "rcfile", NULL};
static const char *const LONG_INFORMATION[] = {"help", "version", NULL};

/* The names after -o that bash, dash and zsh read alike. */
static const char *const COMMON_NAMES[] = {"allexport", "errexit", "noclobber", "noexec", "noglob",
                                           "nounset",   "pipefail", "verbose",  "xtrace", NULL};

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* What was seen on the way to the first operand. */
struct seen {
    bool text, standard_input, interactive, information, unknown;
};

/* Long options from argv[at] on; the index of the first word that is none. */
static int long_options(char **argv, int at, struct seen *seen)
{
    for (; argv[at] && argv[at][0] == '-'; at++) {
        bool two = argv[at][1] == '-';
        const char *name = argv[at] + (two ? 2 : 1);
        if (two && !*name)
            break;
        if (among(name, LONG_INFORMATION)) {
            seen->information = true;
        } else if (among(name, LONG_WITH_FILE)) {
            if (!argv[++at]) {
                seen->unknown = true;
                break;
            }
        } else if (!among(name, LONG_FLAGS)) {
            seen->unknown = two;
            return two ? at + 1 : at; /* the word that nobody knows is part of the question */
        }
    }
    return at;
}

/* Reads the row of letters argv[at]; the number of further words it takes. */
static int letters(char **argv, int at, bool bash, struct seen *seen)
{
    const char *known = bash ? "abcefhiklmnoprstuvxBCDEHOPT" : "acdefhilmnopsuvxC";
    bool minus = argv[at][0] == '-';
    int taken = 0;
    for (const char *letter = argv[at] + 1; *letter; letter++) {
        if (!strchr(known, *letter)) {
            seen->unknown = true;
            return taken;
        }
        if (*letter == 'c')
            seen->text = true;
        if (*letter == 's')
            seen->standard_input = true;
        if (*letter == 'i')
            seen->interactive = minus;
        if ((*letter == 'o' || *letter == 'O') && argv[at + taken + 1])
            taken++;
        if (!bash && *letter == 'o' && (letter[1] || !taken || !among(argv[at + 1], COMMON_NAMES)))
            seen->unknown = true;
        if (!bash && !minus && strchr("cis", *letter))
            seen->unknown = true;
    }
    return taken;
}

static char mode_of(const struct seen *seen, bool bash, bool operand, bool terminals)
{
    if (seen->unknown)
        return 'u';
    if (seen->information)
        return 'v';
    if (seen->text && (!operand || (!bash && seen->standard_input)))
        return 'u';
    if (seen->text)
        return 'c';
    if (operand && !seen->standard_input)
        return 'f';
    return seen->interactive || terminals ? 'i' : 's';
}

/* `shell` is the name that the shim is installed under, `terminals` whether
 * standard input and standard error both are one. */
struct invocation read_arguments(const char *shell, char **argv, bool terminals)
{
    bool bash = strcmp(shell, "bash") == 0 || strcmp(shell, "aileron-sh") == 0;
    struct seen seen = {0};
    struct invocation how = {.options = 1, .operand = 1};
    if (!argv[0])
        return (struct invocation){.mode = 'u'};
    if (bash)
        how.options = long_options(argv, 1, &seen);
    else if (argv[1] && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "--help") == 0))
        return (struct invocation){.mode = 'v', .options = 2, .operand = 2};

    bool ended = false;
    while (!ended && !seen.unknown && !seen.information) {
        const char *word = argv[how.options];
        if (!word || (word[0] != '-' && word[0] != '+'))
            break;
        ended = strcmp(word, "-") == 0 || strcmp(word, "--") == 0;
        if (!ended)
            how.options += 1 + letters(argv, how.options, bash, &seen);
    }
    how.operand = how.options + (ended ? 1 : 0);
    how.mode = mode_of(&seen, bash, argv[how.operand] != NULL, terminals);
    return how;
}
