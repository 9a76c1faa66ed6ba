/* SPDX-License-Identifier: Apache-2.0 */
/* The whole public API in one include. */
#ifndef QUORSUM_H
#define QUORSUM_H

#include "quorsum/agreement.h"
#include "quorsum/board.h"
#include "quorsum/bytes.h"
#include "quorsum/ceremony.h"
#include "quorsum/ciphertexts.h"
#include "quorsum/identity.h"
#include "quorsum/key.h"
#include "quorsum/plaintexts.h"
#include "quorsum/plan.h"
#include "quorsum/pool.h"
#include "quorsum/round.h"
#include "quorsum/status.h"
#include "quorsum/threshold.h"

#endif
