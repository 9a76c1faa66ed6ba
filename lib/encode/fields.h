/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field descriptions: what a well-formed one is, how large its values get, and a private copy of a list of them.
 */
#ifndef QS_FIELDS_H
#define QS_FIELDS_H

#include "quorsum/plan.h"

#define QS_VALUES_MAX ((size_t)1 << 26) /* values of one plan, and of one field */
#define QS_NAME_MAX ((size_t)128)       /* bytes of a name */
#define QS_OPTIONS_MAX 4096u            /* of one field */

/* ERR_ARGUMENT for NULL, ERR_FIELDS when a member is outside what quorsum/plan.h says. */
quorsum_status qs_field_check(const quorsum_field *field);

/* Of a field that passed qs_field_check: the range of its values, and X_1, the largest magnitude among them. */
void qs_field_range(const quorsum_field *field, int64_t *low, int64_t *high);
uint64_t qs_field_bound(const quorsum_field *field);

/* Checks a whole list (each field, then that no two share a name). *index: the first field at fault.
 * ERR_FIELDS (also for an empty list), ERR_LIMIT for more than QS_VALUES_MAX values in all, ERR_MEMORY. */
quorsum_status qs_fields_check(const quorsum_field *fields, size_t count, size_t *index);

/* A copy of a list that passed qs_fields_check, with its strings, in one allocation: release with free().
 * NULL without memory. A missing column becomes "". */
quorsum_field *qs_fields_copy(const quorsum_field *fields, size_t count);

#endif
