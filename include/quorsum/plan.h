/* SPDX-License-Identifier: Apache-2.0 */
/* Named fields of numbers, fixed point, and how they are packed into plaintexts with room for their sum. */
#ifndef QUORSUM_PLAN_H
#define QUORSUM_PLAN_H

#include "quorsum/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a contributor computes from a table's column to get a field's one value. */
typedef enum quorsum_reduce {
    QUORSUM_REDUCE_NONE = 0,        /* the values are given as they are */
    QUORSUM_REDUCE_COUNT = 1,       /* how many rows have a value in the column */
    QUORSUM_REDUCE_SUM = 2,         /* their sum */
    QUORSUM_REDUCE_SUM_SQUARES = 3  /* the sum of their squares */
} quorsum_reduce;

/** What a contribution must prove beside that its maker knows what it encrypted, which all of them prove. */
typedef enum quorsum_level {
    QUORSUM_LEVEL_KNOWLEDGE = 0, /* nothing more */
    QUORSUM_LEVEL_BALLOT = 1,    /* every field is a choice among options, and the choice is an allowed one */
    QUORSUM_LEVEL_NORM = 2       /* the sum of the squares of all values is at most the task's norm_squared */
} quorsum_level;

/**
 * A field: `count` numbers of one kind. A number x becomes the integer round(x * scale), half to even, which is
 * clipped to the field's range: [-2^(bits-1), 2^(bits-1)-1] if signed, else [0, 2^bits - 1]; with clip > 0 also to
 * [-clip, clip] or [0, clip]. Strings are the caller's.
 *
 * A field with options is a choice: value i is 1 when option i is chosen and 0 when it is not, and between choose_min
 * and choose_max of them are 1. It has bits 1, is_signed 0, scale 1, clip 0, reduce none, and at most 4096 options.
 */
typedef struct quorsum_field {
    const char *name;   /* 1..128 bytes of UTF-8, unique in its list */
    uint32_t count;     /* 1..2^26 */
    uint32_t bits;      /* 1..62 */
    int is_signed;      /* 0 or 1 */
    uint64_t scale;     /* 1..2^53: units per 1.0 */
    uint64_t clip;      /* in scaled units; 0: the range of `bits` */
    const char *column; /* which column of a table feeds it; NULL or "": the one called `name` */
    quorsum_reduce reduce;
    const char *const *options; /* `count` different names of 1..128 bytes; NULL: numbers, no choice */
    uint32_t choose_min;        /* 0..choose_max; 0 without options */
    uint32_t choose_max;        /* 1..count; 0 without options */
} quorsum_field;

/** The fields of a task with the sizes that follow from them. Immutable. */
typedef struct quorsum_plan quorsum_plan;

typedef struct quorsum_plan_options {
    uint32_t max_cohort;     /* contributions in a sum at most, 1..2^32-1 */
    uint32_t weight_bits;    /* 0: unweighted; else every contribution has a weight below 2^weight_bits, 1..40 */
    uint32_t guard_bits;     /* spare bits a slot, 0..16: a heuristic detector of overflow; 1 is usual */
    uint32_t plaintext_bits; /* bit length of the key's N^s (quorsum_public_key_plaintext_bits) */
    quorsum_level level;     /* all fields have options at level ballot, none has at another */
    uint64_t norm_squared;   /* level norm: 1..2^62 - 1; else 0 */
} quorsum_plan_options;

/**
 * Lays the fields out: a slot of every value is wide enough for the largest possible sum (beta = ceil(log2(2 X_max + 1))
 * + guard bits, X_max = max_cohort * largest weight * largest value), so no sum of admissible contributions overflows.
 * With weights, one more value (the weight itself, unsigned) stands behind all fields; levels ballot and norm have none.
 * At level norm the largest value is floor(sqrt(norm_squared)) in every field. At level ballot every field starts a new
 * plaintext; one of which at most one option is chosen lies in it whole if it fits, else each option has its own.
 *
 * @return QUORSUM_OK, _ERR_ARGUMENT, _ERR_FIELDS (a field is malformed; *index names it, may be NULL), _ERR_PLAN (a sum
 *         could exceed 2^62, or a slot does not fit a plaintext; *index names the field, or is `count` for the
 *         weight), _ERR_LIMIT (more than 2^26 values), _ERR_MEMORY
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_plan_new(quorsum_plan **out, const quorsum_field *fields,
                                                               size_t count, const quorsum_plan_options *options,
                                                               size_t *index);
QUORSUM_API void quorsum_plan_free(quorsum_plan *plan);
QUORSUM_API size_t quorsum_plan_fields(const quorsum_plan *plan);
/** Lent until the plan is freed; NULL for no such field. A column that was not given is "". */
QUORSUM_API const quorsum_field *quorsum_plan_field(const quorsum_plan *plan, size_t index);
QUORSUM_API size_t quorsum_plan_values(const quorsum_plan *plan);      /* of all fields, without the weight */
QUORSUM_API size_t quorsum_plan_plaintexts(const quorsum_plan *plan);  /* how many plaintexts (= ciphertexts) hold them */
QUORSUM_API uint32_t quorsum_plan_slot_bits(const quorsum_plan *plan, size_t field); /* beta of a field */
QUORSUM_API int quorsum_plan_weighted(const quorsum_plan *plan);
QUORSUM_API quorsum_level quorsum_plan_level(const quorsum_plan *plan);
QUORSUM_API uint64_t quorsum_plan_norm_squared(const quorsum_plan *plan); /* 0 but at level norm */
/** The first value of a field among all values. */
QUORSUM_API size_t quorsum_plan_offset(const quorsum_plan *plan, size_t field);

/**
 * One number as the field's integer; *clipped is 1 when it had to be moved into the range.
 * @return QUORSUM_OK, _ERR_ARGUMENT, _ERR_NOT_A_NUMBER (NaN or infinite; *out is 0)
 */
QUORSUM_API QUORSUM_MUST_CHECK quorsum_status quorsum_field_quantise(const quorsum_field *field, double number,
                                                                     int64_t *out, int *clipped);
/** Clips an integer that is already in scaled units; clipped may be NULL. */
QUORSUM_API int64_t quorsum_field_clip(const quorsum_field *field, int64_t value, int *clipped);
/**
 * What an integer of this field stands for: the double nearest to value / scale. Totals are exact as integers; above
 * 2^53 a double no longer shows every unit.
 */
QUORSUM_API double quorsum_field_number(const quorsum_field *field, int64_t value);

#ifdef __cplusplus
}
#endif
#endif
