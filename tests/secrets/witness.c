/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY, put before the quorsum command by LD_PRELOAD with scan.c: learns its secrets, and looks for them when it exits.
 *
 *     QS_SECRETS         a file: a line a secret, as text, or in hex behind "hex:"
 *     QS_SECRETS_REPORT  a file that gets how many were looked for and found
 *     QS_SECRETS_DRAWN   1: random numbers of more than 32 bytes are secrets, too
 *     QS_SECRETS_LEAK    1: the first secret is copied to common memory
 *
 * Seeds of identities and what sealed files hold are learned where libsodium gets them.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"

#define REAL(name) *(void **)(&real) = dlsym(RTLD_NEXT, name)

static char *leak;

/* The shell of a wrapper script is not looked at. */
static int is_the_command(void)
{
    size_t len = strlen(program_invocation_short_name);

    return len >= 7 && strcmp(program_invocation_short_name + len - 7, "quorsum") == 0;
}

static void wipe(volatile char *bytes, size_t len)
{
    while (len-- > 0)
        *bytes++ = 0;
}

static int digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void learn_line(char *line)
{
    size_t len = strlen(line);

    if (strncmp(line, "hex:", 4) == 0) {
        len = (len - 4) / 2;
        for (size_t i = 0; i < len; i++)
            line[i] = (char)(digit(line[4 + 2 * i]) << 4 | digit(line[5 + 2 * i]));
    }
    scan_plant("given to the command", line, len);
    if (getenv("QS_SECRETS_LEAK") != NULL && leak == NULL && (leak = malloc(len)) != NULL)
        memcpy(leak, line, len);
}

__attribute__((constructor)) static void begin(void)
{
    static char text[1 << 16];
    const char *path = getenv("QS_SECRETS");
    int fd = path != NULL && is_the_command() ? open(path, O_RDONLY) : -1;
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;

    if (fd >= 0)
        close(fd);
    for (char *line = text, *end; len > 0 && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        learn_line(line);
    }
    wipe(text, sizeof text);
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("QS_SECRETS_REPORT");
    FILE *report;

    if (path == NULL || !is_the_command() || (report = fopen(path, "w")) == NULL)
        return;
    if (dlsym(RTLD_DEFAULT, "__asan_init") != NULL) /* its memory is not the program's, and has terabytes */
        fprintf(report, "sanitized\n");
    else
        fprintf(report, "%zu needles, %zu found\n", scan_needles(), scan_process(1));
    fclose(report);
}

int crypto_sign_seed_keypair(unsigned char *public_half, unsigned char *secret, const unsigned char *seed);
int crypto_secretstream_xchacha20poly1305_pull(void *state, unsigned char *out, unsigned long long *len, unsigned char *tag,
                                               const unsigned char *in, unsigned long long in_len,
                                               const unsigned char *data, unsigned long long data_len);
void randombytes_buf(void *out, size_t len);

int crypto_sign_seed_keypair(unsigned char *public_half, unsigned char *secret, const unsigned char *seed)
{
    int (*real)(unsigned char *, unsigned char *, const unsigned char *);

    REAL("crypto_sign_seed_keypair");
    scan_plant("an identity's seed", seed, 32);
    return real(public_half, secret, seed);
}

int crypto_secretstream_xchacha20poly1305_pull(void *state, unsigned char *out, unsigned long long *len, unsigned char *tag,
                                               const unsigned char *in, unsigned long long in_len,
                                               const unsigned char *data, unsigned long long data_len)
{
    int (*real)(void *, unsigned char *, unsigned long long *, unsigned char *, const unsigned char *, unsigned long long,
                const unsigned char *, unsigned long long);
    int result;

    REAL("crypto_secretstream_xchacha20poly1305_pull");
    result = real(state, out, len, tag, in, in_len, data, data_len);
    if (result == 0 && in_len > 17 + 64) /* of a share, the number: its beginning names the key */
        scan_plant("a share", out + (in_len - 17 - 64), 64);
    else if (result == 0)
        scan_plant("what was sealed", out, (size_t)in_len - 17);
    return result;
}

void randombytes_buf(void *out, size_t len)
{
    void (*real)(void *, size_t);

    REAL("randombytes_buf");
    real(out, len);
    if (len > 32 && getenv("QS_SECRETS_DRAWN") != NULL && is_the_command())
        scan_plant("drawn at random", out, len);
}
