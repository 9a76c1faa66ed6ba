/* SPDX-License-Identifier: Apache-2.0 */
/* The quorsum command: finds the subcommand and runs it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "tools/quorsum/command.h"
#include "tools/quorsum/source.h"

static const tool_command *const commands[] = {
    &command_ceremony,   &command_keygen,  &command_confirm,   &command_identity,    &command_task,    &command_pool,
    &command_contribute, &command_receipt, &command_aggregate, &command_acknowledge, &command_decrypt, &command_complete,
    &command_open,       &command_verify,  &command_show,      &command_cost,
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void help(FILE *to)
{
    fputs("Usage: quorsum COMMAND [OPTION]...\n"
          "Add numbers that nobody may see: parties encrypt, a coordinator multiplies, a quorum of trustees opens the\n"
          "total only, and anyone can check it afterwards.\n\nCommands:\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n  quorsum COMMAND --help says more; --version shows version and arithmetic kernel.\n"
          "Exit status: 0 done, 1 a check said no, 2 wrong use, 3 the system failed.\n",
          to);
}

/*
 * A closed standard stream would be the number of the next file that is opened, and messages would be written into it.
 * Each is filled with what refuses the use it is for.
 */
static int fill_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return -1;
    }
    return 0;
}

/* What one contribution needed the next one needs again. glibc would hand megabytes back to the system in between, and
 * a tenth of an aggregation went into page faults. A command's memory stays what it needs at most. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most it takes */
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

int main(int argc, char **argv)
{
    keep_memory();
    if (fill_streams() != 0)
        return TOOL_FAILED;
    if (argc < 2) {
        help(stderr);
        return TOOL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return TOOL_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("quorsum %s\nkernel: %s\n", quorsum_version(), quorsum_kernel());
        return TOOL_DONE;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0) {
            int status = commands[i]->run(commands[i], argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) {
                tool_say(commands[i], "stdout: cannot write");
                return TOOL_FAILED;
            }
            return status;
        }
    }
    tool_clean(argv[1]);
    fprintf(stderr, "quorsum: no command '%s'; 'quorsum --help' lists them\n", argv[1]);
    return TOOL_USAGE;
}
