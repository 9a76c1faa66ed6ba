/* SPDX-License-Identifier: Apache-2.0 */
/* A bound stated where it is derived, checked in the test build and free in the shipped one. */
#ifndef QS_INVARIANT_H
#define QS_INVARIANT_H

#ifdef QS_TEST_BUILD
#include <assert.h>
#define QS_INVARIANT(condition) assert(condition)
#else
#define QS_INVARIANT(condition) ((void)0)
#endif

#endif
