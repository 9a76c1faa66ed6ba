/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TEST ONLY. Looks for secrets in all memory of the process it runs in. What is looked for is kept xored with a pattern, so
 * that the list itself is not found.
 */
#ifndef SECRETS_SCAN_H
#define SECRETS_SCAN_H

#include <stddef.h>
#include <stdint.h>

enum { NEEDLE_BYTES = 16, NEEDLES_MAX = 16384 };

/* Remembers a secret by a few pieces of NEEDLE_BYTES, also with its bytes backwards (numbers turn around between limbs and
 * wire). Pieces with less than 8 different bytes would be found anywhere and are left out. `what` must be a literal. */
void scan_plant(const char *what, const void *secret, size_t len);
/* Forgets what this public string holds: a proof may publish a random number that was drawn like a secret one. */
void scan_publish(const void *data, size_t len);
void scan_forget(void);
size_t scan_needles(void);

/* How many of them lie in these bytes; the first ones are told on stderr with `where`. */
size_t scan_bytes(const char *where, const uint8_t *data, size_t len);
/* In every readable mapping of this process, the list itself excepted. Without `guarded`, mappings that a core dump leaves
 * out are passed over: where live secrets belong. */
size_t scan_process(int guarded);

/* The list as bytes, still xored: for another process that reads a core dump. */
const void *scan_list(size_t *len);
void scan_set_list(const void *list, size_t len);

/* A sanitizer keeps copies of its own, in mappings of terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
