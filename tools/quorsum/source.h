/* SPDX-License-Identifier: Apache-2.0 */
/* A file or stdin, read once from front to back through a buffer in guarded memory, and how its faults are told. */
#ifndef TOOL_SOURCE_H
#define TOOL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "quorsum/status.h"

#define TOOL_ERROR 256 /* bytes of an error text */

typedef struct tool_source { /* zero-initialise */
    const char *path;        /* for messages: "stdin" for "-" */
    uint8_t *buffer;
    size_t at;
    size_t end;
    int fd;
    quorsum_status status; /* OK, or what ended the reading: _ERR_SYSTEM with errno in `reason` */
    int reason;
} tool_source;

/* Writes the text and returns the status, so that a caller can return the fault it names. */
quorsum_status tool_fault(char error[TOOL_ERROR], quorsum_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The first character of 1 or more bytes: how many it takes, or 0 when they are not UTF-8. */
size_t tool_utf8(uint32_t *code, const char *text, size_t len);
/* 0 for what would move a terminal's cursor, end the line, or turn the direction of writing around; all of it is below
 * U+10000. */
int tool_is_visible(uint32_t code);
/* Whoever writes a name must not write on a reader's terminal: what is not visible, or not UTF-8, becomes '?', a byte
 * for each of its own. */
void tool_clean(char *text);
/* A name from a file as it may be shown on a terminal: clean, and long ones are cut. */
#define TOOL_SHOWN 64
const char *tool_shown(char out[TOOL_SHOWN], const char *text);

quorsum_status tool_source_open(tool_source *source, const char *path, char error[TOOL_ERROR]);
void tool_source_close(tool_source *source); /* wipes */

/* At least one byte to read? Then source->buffer[at .. end) holds it. 0 at the end or on failure (see status). */
int tool_source_fill(tool_source *source);
/* Copies up to len bytes; fewer only at the end or on failure. */
size_t tool_source_read(tool_source *source, void *out, size_t len);
/* Whether the next bytes are these (len <= 16); nothing is consumed. */
int tool_source_begins(tool_source *source, const void *bytes, size_t len);
/* The fault of a source that stopped early. */
quorsum_status tool_source_fault(const tool_source *source, char error[TOOL_ERROR]);

#endif
