/* SPDX-License-Identifier: Apache-2.0 */
/* Buffered reading of a contributor's data. The data are private, so every buffer is guarded and wiped. */
#include "tools/quorsum/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/secret.h"

#define BUFFER_BYTES ((size_t)1 << 16)

quorsum_status tool_fault(char error[TOOL_ERROR], quorsum_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, TOOL_ERROR, format, args);
    va_end(args);
    return status;
}

const char *tool_shown(char out[TOOL_SHOWN], const char *text)
{
    size_t len = strnlen(text, TOOL_SHOWN - 1);

    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
    out[len] = '\0';
    if (text[len] != '\0')
        memcpy(out + len - 3, "...", 3);
    return out;
}

quorsum_status tool_source_open(tool_source *source, const char *path, char error[TOOL_ERROR])
{
    int standard = strcmp(path, "-") == 0;

    source->path = standard ? "stdin" : path;
    source->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0)
        return tool_fault(error, errno == ENOENT ? QUORSUM_ERR_NOT_FOUND : QUORSUM_ERR_SYSTEM, "%.100s: %s", path,
                          strerror(errno));
    source->buffer = qs_secret_block(BUFFER_BYTES);
    if (source->buffer == NULL)
        return tool_fault(error, QUORSUM_ERR_MEMORY, "%.100s: no memory", path);
    return QUORSUM_OK;
}

void tool_source_close(tool_source *source)
{
    if (source->path != NULL && source->fd > STDIN_FILENO)
        close(source->fd);
    qs_secret_release(source->buffer);
    *source = (tool_source){0};
}

/* Moves what is left to the front and reads behind it. 1 if bytes were added. */
static int read_more(tool_source *source)
{
    ssize_t got;

    memmove(source->buffer, source->buffer + source->at, source->end - source->at);
    source->end -= source->at;
    source->at = 0;
    do {
        got = read(source->fd, source->buffer + source->end, BUFFER_BYTES - source->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        source->reason = errno;
        source->status = QUORSUM_ERR_SYSTEM;
    }
    source->end += got > 0 ? (size_t)got : 0;
    return got > 0;
}

int tool_source_fill(tool_source *source)
{
    return source->at < source->end || (source->status == QUORSUM_OK && read_more(source));
}

size_t tool_source_read(tool_source *source, void *out, size_t len)
{
    size_t done = 0;

    while (done < len && tool_source_fill(source)) {
        size_t step = source->end - source->at < len - done ? source->end - source->at : len - done;

        memcpy((uint8_t *)out + done, source->buffer + source->at, step);
        source->at += step;
        done += step;
    }
    return done;
}

int tool_source_begins(tool_source *source, const void *bytes, size_t len)
{
    while (source->end - source->at < len) {
        if (source->status != QUORSUM_OK || !read_more(source))
            return 0;
    }
    return memcmp(source->buffer + source->at, bytes, len) == 0;
}

quorsum_status tool_source_fault(const tool_source *source, char error[TOOL_ERROR])
{
    return tool_fault(error, source->status, "%.100s: %s", source->path, strerror(source->reason));
}
