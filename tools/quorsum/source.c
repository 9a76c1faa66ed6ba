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

size_t tool_utf8(uint32_t *code, const char *text, size_t len)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000}; /* by length: what needs that many bytes */
    const uint8_t *at = (const uint8_t *)text;
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 0;

    *code = size <= 1 ? at[0] : at[0] & (0x7fU >> size);
    if (size > len)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3fU);
    }
    if (*code < least[size] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return size;
}

/* Both sets of control characters, line and paragraph separators, and what overrides the direction of writing. */
int tool_is_visible(uint32_t code)
{
    return code >= 0x20 && !(code >= 0x7f && code < 0xa0) && code != 0x2028 && code != 0x2029
           && !(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

void tool_clean(char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        uint32_t code;
        size_t size = tool_utf8(&code, text, left);
        size_t step = size == 0 ? 1 : size;

        if (size == 0 || !tool_is_visible(code))
            memset(text, '?', step);
        text += step;
        left -= step;
    }
}

const char *tool_shown(char out[TOOL_SHOWN], const char *text)
{
    size_t len = strnlen(text, TOOL_SHOWN - 1);

    memcpy(out, text, len);
    out[len] = '\0';
    if (text[len] != '\0')
        memcpy(out + len - 3, "...", 3);
    tool_clean(out);
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
