/* SPDX-License-Identifier: Apache-2.0 */
/* Printing an object to stdout, whatever it says: control characters of a stranger's text never reach the terminal. */
#ifndef TOOL_OBJECT_PRINT_H
#define TOOL_OBJECT_PRINT_H

#include "tools/quorsum/object.h"

typedef struct object_layout { /* what cuts blocks into numbers: from the key record; word 0: not known */
    size_t word;
    unsigned degree;
    unsigned trustees; /* 0: not known */
    unsigned quorum;
} object_layout;

void object_print_json(const object *o, const object_layout *l); /* no newline behind */
void object_print_plain(const object *o, const object_layout *l);

/* A stranger's text: quoted and escaped for JSON, or with its control characters replaced. */
void object_print_json_text(const uint8_t *text, uint64_t len);
void object_print_plain_text(const uint8_t *bytes, uint64_t len);

#endif
