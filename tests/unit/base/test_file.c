/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are whole or absent. Every test works in a directory of its own, which must end as it should:
 * what is there, and that no temporary is left. */
#include "lib/base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/quorsum-file-XXXXXX";
static char *target;

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(directory));
    target = qs_path_join(directory, "target");
    cr_assert_not_null(target);
}

static void tear_down(void)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf -- '%s'", directory);
    cr_expect_eq(system(command), 0);
    free(target);
}

TestSuite(file, .init = set_up, .fini = tear_down);

static size_t entries(void)
{
    DIR *listing = opendir(directory);
    size_t count = 0;

    cr_assert_not_null(listing);
    while (readdir(listing) != NULL)
        count++;
    closedir(listing);
    return count - 2;
}

static void expect_content(const char *path, const void *wanted, size_t len)
{
    qs_view view;

    cr_assert_eq(qs_view_open(&view, path, len), QUORSUM_OK);
    cr_expect_eq(view.len, len);
    if (len > 0)
        cr_expect_arr_eq(view.data, wanted, len);
    qs_view_close(&view);
    cr_expect_null(view.data);
}

Test(file, what_was_written_is_mapped_back)
{
    size_t len = 300000;
    uint8_t *data = malloc(len);

    cr_assert_not_null(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * i >> 3);
    cr_expect_eq(qs_file_write(target, data, len, 0644, 0), QUORSUM_OK);
    expect_content(target, data, len);
    cr_expect_eq(qs_file_write(target, NULL, 0, 0644, 1), QUORSUM_OK);
    expect_content(target, "", 0);
    cr_expect_eq(entries(), 1);
    free(data);
}

Test(file, pieces_become_one_file)
{
    qs_writer writer;

    cr_assert_eq(qs_writer_open(&writer, target, 0644), QUORSUM_OK);
    cr_expect_eq(qs_writer_append(&writer, "one ", 4), QUORSUM_OK);
    cr_expect_eq(qs_writer_append(&writer, NULL, 0), QUORSUM_OK);
    cr_expect_eq(qs_writer_append(&writer, "two", 3), QUORSUM_OK);
    cr_expect_eq(access(target, F_OK), -1, "visible before commit");
    cr_expect_eq(qs_writer_commit(&writer, 0), QUORSUM_OK);
    expect_content(target, "one two", 7);
    qs_writer_close(&writer);
    cr_expect_eq(entries(), 1);
}

Test(file, a_secret_file_is_its_owners_alone)
{
    struct stat info;

    umask(0);
    cr_assert_eq(qs_file_write(target, "x", 1, 0600, 0), QUORSUM_OK);
    cr_assert_eq(stat(target, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(qs_file_write(target, "x", 1, 0644, 1), QUORSUM_OK);
    cr_assert_eq(stat(target, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0644);
    cr_expect_eq(info.st_nlink, 1, "the temporary name is still there");
}

Test(file, without_replace_what_is_there_stays)
{
    qs_writer early, late;

    cr_assert_eq(qs_writer_open(&early, target, 0644), QUORSUM_OK);
    cr_assert_eq(qs_writer_open(&late, target, 0644), QUORSUM_OK);
    cr_expect_eq(qs_writer_append(&early, "early", 5), QUORSUM_OK);
    cr_expect_eq(qs_writer_append(&late, "late", 4), QUORSUM_OK);
    cr_expect_eq(qs_writer_commit(&early, 0), QUORSUM_OK);
    cr_expect_eq(qs_writer_commit(&late, 0), QUORSUM_ERR_EXISTS);
    expect_content(target, "early", 5);
    cr_expect_eq(qs_file_write(target, "third", 5, 0644, 0), QUORSUM_ERR_EXISTS);
    expect_content(target, "early", 5);
    cr_expect_eq(qs_file_write(target, "fourth", 6, 0644, 1), QUORSUM_OK);
    expect_content(target, "fourth", 6);
    cr_expect_eq(entries(), 1);
}

Test(file, a_link_in_the_way_is_not_followed)
{
    char *other = qs_path_join(directory, "other");

    cr_assert_eq(qs_file_write(other, "other", 5, 0644, 0), QUORSUM_OK);
    cr_assert_eq(symlink("other", target), 0);
    cr_expect_eq(qs_file_write(target, "new", 3, 0644, 0), QUORSUM_ERR_EXISTS);
    cr_expect_eq(qs_file_write(target, "new", 3, 0644, 1), QUORSUM_OK);
    expect_content(other, "other", 5);
    expect_content(target, "new", 3);
    free(other);
}

Test(file, closing_without_commit_leaves_nothing)
{
    qs_writer writer;

    cr_assert_eq(qs_writer_open(&writer, target, 0644), QUORSUM_OK);
    cr_expect_eq(entries(), 1);
    cr_expect_eq(qs_writer_append(&writer, "lost", 4), QUORSUM_OK);
    qs_writer_close(&writer);
    cr_expect_eq(entries(), 0);
    qs_writer_close(&writer);
    cr_expect_eq(qs_writer_append(&writer, "x", 1), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_writer_commit(&writer, 0), QUORSUM_ERR_ARGUMENT);
}

Test(file, a_zeroed_writer_owns_no_descriptor)
{
    qs_writer writer = {0};

    qs_writer_close(&writer);
    qs_writer_close(NULL);
    cr_expect_neq(fcntl(0, F_GETFD), -1, "standard input was closed");
}

Test(file, a_temporary_name_that_is_taken_is_passed_over)
{
    /* a child draws the same names as its parent did, so it meets the parent's temporaries */
    qs_writer writers[3], writer;
    pid_t child = fork();
    int status = 0;

    cr_assert_geq(child, 0);
    if (child == 0) {
        for (size_t i = 0; i < 3; i++)
            status |= (int)qs_writer_open(&writers[i], target, 0644);
        _exit(status);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_eq(entries(), 3);
    cr_assert_eq(qs_writer_open(&writer, target, 0644), QUORSUM_OK);
    cr_expect_eq(entries(), 4);
    cr_expect_eq(qs_writer_append(&writer, "mine", 4), QUORSUM_OK);
    cr_expect_eq(qs_writer_commit(&writer, 0), QUORSUM_OK);
    expect_content(target, "mine", 4);
    cr_expect_eq(entries(), 4, "what a crash left behind is not ours to remove");
}

Test(file, a_full_disk_leaves_what_was_there)
{
    struct rlimit limit = {.rlim_cur = 5000, .rlim_max = RLIM_INFINITY};
    static const uint8_t data[4096] = {1};
    qs_writer writer;

    cr_assert_eq(qs_file_write(target, "old", 3, 0644, 0), QUORSUM_OK);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(qs_writer_open(&writer, target, 0644), QUORSUM_OK);
    cr_expect_eq(qs_writer_append(&writer, data, sizeof data), QUORSUM_OK);
    errno = 0;
    cr_expect_eq(qs_writer_append(&writer, data, sizeof data), QUORSUM_ERR_SYSTEM); /* 904 bytes short */
    cr_expect_eq(errno, EFBIG);
    cr_expect_eq(entries(), 1, "the temporary is still there");
    cr_expect_neq(qs_writer_commit(&writer, 1), QUORSUM_OK, "half a file was published");
    qs_writer_close(&writer);
    expect_content(target, "old", 3);
}

Test(file, a_place_that_is_not_there_is_named)
{
    char path[128];
    qs_writer writer;

    snprintf(path, sizeof path, "%s/none/target", directory);
    cr_expect_eq(qs_writer_open(&writer, path, 0644), QUORSUM_ERR_NOT_FOUND);
    qs_writer_close(&writer);
    cr_expect_eq(qs_file_write(path, "x", 1, 0644, 0), QUORSUM_ERR_NOT_FOUND);
    cr_assert_eq(qs_file_write(target, "x", 1, 0644, 0), QUORSUM_OK);
    snprintf(path, sizeof path, "%s/below", target);
    cr_expect_eq(qs_file_write(path, "x", 1, 0644, 0), QUORSUM_ERR_NOT_FOUND);
    cr_expect_eq(qs_writer_open(&writer, "", 0644), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_writer_open(&writer, "somewhere/", 0644), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_writer_open(&writer, NULL, 0644), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(entries(), 1);
}

Test(file, a_directory_is_never_written_over)
{
    cr_assert_eq(qs_directory_make(target), QUORSUM_OK);
    cr_expect_eq(qs_file_write(target, "x", 1, 0644, 0), QUORSUM_ERR_EXISTS);
    cr_expect_eq(qs_file_write(target, "x", 1, 0644, 1), QUORSUM_ERR_SYSTEM);
    cr_expect_eq(errno, EISDIR);
    cr_expect_eq(entries(), 1);
}

Test(file, a_name_without_a_directory_is_in_the_current_one)
{
    cr_assert_eq(chdir(directory), 0);
    cr_expect_eq(qs_file_write("target", "here", 4, 0644, 0), QUORSUM_OK);
    expect_content(target, "here", 4);
    cr_expect_eq(qs_directory_make("sub"), QUORSUM_OK);
    cr_expect_eq(entries(), 2);
}

Test(file, only_regular_files_are_mapped)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *other = qs_path_join(directory, "other");
    qs_view view;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    cr_expect_eq(qs_view_open(&view, directory, 1000), QUORSUM_ERR_TYPE);
    cr_expect_eq(qs_view_open(&view, "/dev/zero", 1000), QUORSUM_ERR_TYPE);
    cr_assert_eq(mkfifo(target, 0600), 0);
    alarm(10); /* a reader that waits for a pipe's writer would wait for ever */
    cr_expect_eq(qs_view_open(&view, target, 1000), QUORSUM_ERR_TYPE);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", other);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    cr_expect_eq(qs_view_open(&view, other, 1000), QUORSUM_ERR_TYPE);
    cr_expect_null(view.data);
    close(fd);
    free(other);
}

Test(file, a_view_has_a_limit_and_says_what_is_missing)
{
    char *below = qs_path_join(target, "below");
    qs_view view = {.data = (const uint8_t *)"x", .len = 1};

    cr_expect_eq(qs_view_open(&view, target, 10), QUORSUM_ERR_NOT_FOUND);
    cr_expect_null(view.data);
    cr_expect_eq(view.len, 0);
    cr_assert_eq(qs_file_write(target, "0123456789", 10, 0644, 0), QUORSUM_OK);
    cr_expect_eq(qs_view_open(&view, below, 10), QUORSUM_ERR_NOT_FOUND);
    cr_expect_eq(qs_view_open(&view, target, 9), QUORSUM_ERR_LIMIT);
    cr_expect_null(view.data);
    cr_expect_eq(qs_view_open(&view, target, 10), QUORSUM_OK);
    qs_view_close(&view);
    qs_view_close(&view);
    qs_view_close(NULL);
    cr_expect_eq(qs_view_open(NULL, target, 10), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_view_open(&view, NULL, 10), QUORSUM_ERR_ARGUMENT);
    free(below);
}

Test(file, a_view_outlives_its_replacement)
{
    qs_view view;

    cr_assert_eq(qs_file_write(target, "before", 6, 0644, 0), QUORSUM_OK);
    cr_assert_eq(qs_view_open(&view, target, 10), QUORSUM_OK);
    cr_assert_eq(qs_file_write(target, "behind", 6, 0644, 1), QUORSUM_OK);
    cr_expect_arr_eq(view.data, "before", 6);
    qs_view_close(&view);
    expect_content(target, "behind", 6);
}

Test(file, making_a_directory_twice_is_fine_but_not_over_a_file)
{
    char path[128];

    snprintf(path, sizeof path, "%s/sub///", directory);
    cr_expect_eq(qs_directory_make(path), QUORSUM_OK);
    cr_expect_eq(qs_directory_make(path), QUORSUM_OK);
    cr_expect_eq(entries(), 1);
    cr_assert_eq(qs_file_write(target, "x", 1, 0644, 0), QUORSUM_OK);
    cr_expect_eq(qs_directory_make(target), QUORSUM_ERR_TYPE);
    snprintf(path, sizeof path, "%s/no/where", directory);
    cr_expect_eq(qs_directory_make(path), QUORSUM_ERR_NOT_FOUND);
    cr_expect_eq(qs_directory_make(""), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_directory_make(NULL), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_directory_make("/"), QUORSUM_OK);
}

Test(file, paths_are_joined_with_one_slash)
{
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "b"}, {"a", "", "a/"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *joined = qs_path_join(cases[i][0], cases[i][1]);

        cr_expect_str_eq(joined, cases[i][2]);
        free(joined);
    }
}

/* What another process is told when it asks for the lock. */
static quorsum_status ask_elsewhere(void)
{
    pid_t child = fork();
    int status = 0;

    cr_assert_geq(child, 0);
    if (child == 0) {
        int fd;

        _exit((int)qs_lock_acquire(&fd, directory));
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    return (quorsum_status)WEXITSTATUS(status);
}

Test(file, one_process_at_a_time_has_the_lock)
{
    int fd, second = 7;

    cr_expect_eq(ask_elsewhere(), QUORSUM_OK);
    cr_assert_eq(qs_lock_acquire(&fd, directory), QUORSUM_OK); /* the child's ended with the child */
    cr_expect_eq(ask_elsewhere(), QUORSUM_ERR_BUSY);
    cr_expect_eq(qs_lock_acquire(&second, directory), QUORSUM_ERR_BUSY);
    cr_expect_eq(second, -1);
    qs_lock_release(second);
    cr_expect_eq(ask_elsewhere(), QUORSUM_ERR_BUSY);
    qs_lock_release(fd);
    cr_expect_eq(ask_elsewhere(), QUORSUM_OK);
}

Test(file, a_killed_process_leaves_no_lock)
{
    int ready[2], status = 0;
    char byte;
    pid_t child;

    cr_assert_eq(pipe(ready), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        int fd;
        char answer = (char)qs_lock_acquire(&fd, directory);

        if (write(ready[1], &answer, 1) == 1)
            pause();
        _exit(0);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_expect_eq(byte, QUORSUM_OK);
    cr_expect_eq(ask_elsewhere(), QUORSUM_ERR_BUSY);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(ask_elsewhere(), QUORSUM_OK);
    close(ready[0]);
    close(ready[1]);
}

Test(file, a_lock_needs_its_directory)
{
    int fd = 7;

    cr_expect_eq(qs_lock_acquire(&fd, target), QUORSUM_ERR_NOT_FOUND);
    cr_expect_eq(fd, -1);
    cr_expect_eq(qs_lock_acquire(NULL, directory), QUORSUM_ERR_ARGUMENT);
    cr_expect_eq(qs_lock_acquire(&fd, NULL), QUORSUM_ERR_ARGUMENT);
}

/* ---- in place ---- */

Test(file, is_opened_in_place_only_if_it_is_regular)
{
    char *pipe_name = qs_path_join(directory, "pipe");
    quorsum_status (*const openers[])(int *, const char *) = {qs_file_open, qs_file_lock};

    cr_assert_not_null(pipe_name);
    cr_assert_eq(mkfifo(pipe_name, 0600), 0);
    cr_assert_eq(qs_file_write(target, "content", 7, 0600, 0), QUORSUM_OK);
    for (size_t i = 0; i < 2; i++) {
        char read[7];
        int fd = 99;

        cr_expect_eq(openers[i](&fd, "/nowhere/at/all"), QUORSUM_ERR_NOT_FOUND);
        cr_expect_eq(fd, -1);
        cr_expect_eq(openers[i](&fd, directory), QUORSUM_ERR_TYPE);
        cr_expect_eq(openers[i](&fd, pipe_name), QUORSUM_ERR_TYPE);
        cr_expect_eq(fd, -1);
        cr_assert_eq(openers[i](&fd, target), QUORSUM_OK);
        cr_expect_eq(qs_file_read_at(fd, read, 4, 3), QUORSUM_OK);
        cr_expect_arr_eq(read, "tent", 4);
        cr_expect_eq(qs_file_read_at(fd, read, 5, 3), QUORSUM_ERR_SYSTEM);
        cr_expect_eq(errno, EIO);
        cr_expect_eq(qs_file_read_at(fd, read, 0, 7), QUORSUM_OK);
        qs_file_close(fd);
    }
    qs_file_close(-1);
    free(pipe_name);
}

/* The child writes while it has the lock: whoever waited for it sees all it wrote. */
Test(file, lock_is_waited_for)
{
    int ends[2], fd, status;
    pid_t child;
    char c;

    cr_assert_eq(qs_file_write(target, "", 0, 0600, 0), QUORSUM_OK);
    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        int missed = qs_file_lock(&fd, target) != QUORSUM_OK || write(ends[1], "x", 1) != 1;

        (void)usleep(50000);
        _exit(missed || write(fd, "done", 4) != 4);
    }
    cr_assert_eq(read(ends[0], &c, 1), 1);
    cr_assert_eq(qs_file_lock(&fd, target), QUORSUM_OK);
    expect_content(target, "done", 4);
    qs_file_close(fd);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
}

Test(file, lock_does_not_stay_with_a_child)
{
    int fd, status;
    pid_t child;

    cr_assert_eq(qs_file_write(target, "", 0, 0600, 0), QUORSUM_OK);
    cr_assert_eq(qs_file_lock(&fd, target), QUORSUM_OK);
    child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    qs_file_unlock(fd);
    qs_file_close(fd);
    alarm(30); /* a lock that stayed would be waited for */
    cr_expect_eq(qs_file_lock(&fd, target), QUORSUM_OK);
    alarm(0);
    qs_file_close(fd);
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
}

Test(file, lock_outlives_a_child_that_closes_it)
{
    int fd, other, status;
    pid_t child;

    cr_assert_eq(qs_file_write(target, "", 0, 0600, 0), QUORSUM_OK);
    cr_assert_eq(qs_file_lock(&fd, target), QUORSUM_OK);
    child = fork();
    if (child == 0) {
        qs_file_close(fd);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    other = open(target, O_RDWR);
    cr_expect_eq(flock(other, LOCK_EX | LOCK_NB), -1);
    qs_file_unlock(fd);
    cr_expect_eq(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
    qs_file_close(fd);
    errno = 77;
    qs_file_unlock(-1);
    qs_file_unlock(fd); /* no more open: an error that nobody hears of */
    cr_expect_eq(errno, 77);
}
