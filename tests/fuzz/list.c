/* SPDX-License-Identifier: Apache-2.0 */
/* Every target, by the name of its folder in corpus/. */
#include "target.h"

const fuzz_target fuzz_targets[] = {
    {"key", fuzz_key, 16384, "message"},
    {"task", fuzz_task, 4096, "message"},
    {"contribution", fuzz_contribution, 4096, "message"},
    {"manifest", fuzz_manifest, 2048, "message"},
    {"aggregate", fuzz_aggregate, 2048, "message"},
    {"partial", fuzz_partial, 2048, "message"},
    {"completion", fuzz_completion, 2048, "message"},
    {"result", fuzz_result, 2048, "message"},
    {"receipt", fuzz_receipt, 2048, "message"},
    {"acknowledgement", fuzz_acknowledgement, 2048, "message"},
    {"evidence", fuzz_evidence, 2048, "message"},
    {"cbor", fuzz_cbor, 512, NULL},
    {"ciphertexts", fuzz_ciphertexts, 2048, NULL},
    {"public_key", fuzz_public_key, 64, NULL},
    {"sealed", fuzz_sealed, 512, NULL},
    {"secrets", fuzz_secrets, 256, NULL},
    {"pool", fuzz_pool, 1024, NULL},
    {"journal", fuzz_journal, 1024, NULL},
    {"csv", fuzz_csv, 2048, NULL},
    {"npy", fuzz_npy, 2048, NULL},
    {"fields", fuzz_fields, 4096, NULL},
    {"proposal", fuzz_proposal, 2048, NULL},
    {"ceremony", fuzz_ceremony, 2048, NULL},
    {"resume", fuzz_resume, 2048, NULL},
    {"show", fuzz_show, 4096, NULL},
    {"board", fuzz_board, 4096, NULL},
    {0},
};
