/* SPDX-License-Identifier: Apache-2.0 */
/* A file at a time for a test; each test runs in a process of its own. */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char test_path[64];

static void test_file_remove(void)
{
    if (test_path[0] != '\0')
        unlink(test_path);
    test_path[0] = '\0';
}

static const char *test_file_of(const void *data, size_t len)
{
    int fd;

    test_file_remove();
    strcpy(test_path, "/tmp/quorsum-test-XXXXXX");
    fd = mkstemp(test_path);
    cr_assert_geq(fd, 0);
    for (size_t done = 0; done < len;) {
        ssize_t put = write(fd, (const char *)data + done, len - done);

        cr_assert_gt(put, 0);
        done += (size_t)put;
    }
    close(fd);
    return test_path;
}

static inline const char *test_file(const char *text)
{
    return test_file_of(text, strlen(text));
}

#endif
