# SPDX-License-Identifier: Apache-2.0
# One Criterion program a layer, one file a module.

unit_tests += tests/unit_base
tests_unit_base_SOURCES = \
	tests/unit/base/test_bytes.c \
	tests/unit/base/test_cbor.c \
	tests/unit/base/test_cbor_oracle.c \
	tests/unit/base/test_digest_set.c \
	tests/unit/base/test_file.c \
	tests/unit/base/test_identity.c \
	tests/unit/base/test_message.c \
	tests/unit/base/test_parallel.c \
	tests/unit/base/test_random.c \
	tests/unit/base/test_seal.c \
	tests/unit/base/test_secret.c \
	tests/unit/base/test_status.c \
	tests/unit/base/test_transcript.c
tests_unit_base_CPPFLAGS = $(test_cppflags)
tests_unit_base_CFLAGS = $(test_cflags)
tests_unit_base_LDADD = $(test_libs)

unit_tests += tests/unit_arith
tests_unit_arith_SOURCES = \
	tests/unit/arith/moduli.h \
	tests/unit/arith/test_across.c \
	tests/unit/arith/test_exponent.c \
	tests/unit/arith/test_fixed_base.c \
	tests/unit/arith/test_kernel.c \
	tests/unit/arith/test_lagrange.c \
	tests/unit/arith/test_lanes.c \
	tests/unit/arith/test_multiexp.c \
	tests/unit/arith/test_prime.c \
	tests/unit/arith/test_products.c \
	tests/unit/arith/test_ring.c
tests_unit_arith_CPPFLAGS = $(test_cppflags)
tests_unit_arith_CFLAGS = $(test_cflags)
tests_unit_arith_LDADD = $(test_libs)

unit_tests += tests/unit_encode
tests_unit_encode_SOURCES = \
	tests/unit/encode/test_fields.c \
	tests/unit/encode/test_plan.c \
	tests/unit/encode/test_slots.c
tests_unit_encode_CPPFLAGS = $(test_cppflags)
tests_unit_encode_CFLAGS = $(test_cflags)
tests_unit_encode_LDADD = $(test_libs)

unit_tests += tests/unit_paillier
tests_unit_paillier_SOURCES = \
	tests/unit/paillier/oracle.h \
	tests/unit/paillier/test_ciphertexts.c \
	tests/unit/paillier/test_encrypt.c \
	tests/unit/paillier/test_lift.c \
	tests/unit/paillier/test_operations.c \
	tests/unit/paillier/test_plaintext.c \
	tests/unit/paillier/test_pool.c \
	tests/unit/paillier/test_private_key.c \
	tests/unit/paillier/test_public_key.c \
	tests/unit/paillier/test_sum.c \
	tests/unit/paillier/test_vectors.c
tests_unit_paillier_CPPFLAGS = $(test_cppflags)
tests_unit_paillier_CFLAGS = $(test_cflags)
tests_unit_paillier_LDADD = $(test_libs)

unit_tests += tests/unit_proof
tests_unit_proof_SOURCES = \
	tests/unit/proof/choice_fixture.h \
	tests/unit/proof/modulus_fixture.h \
	tests/unit/proof/test_choice.c \
	tests/unit/proof/test_choice_batch.c \
	tests/unit/proof/test_choice_edges.c \
	tests/unit/proof/test_choice_forge.c \
	tests/unit/proof/test_choice_vectors.c \
	tests/unit/proof/test_choices.c \
	tests/unit/proof/test_factors.c \
	tests/unit/proof/test_knowledge.c \
	tests/unit/proof/test_modulus.c \
	tests/unit/proof/test_modulus_vectors.c \
	tests/unit/proof/test_norm.c \
	tests/unit/proof/test_norm_vectors.c \
	tests/unit/proof/test_share.c \
	tests/unit/proof/test_three_squares.c
tests_unit_proof_CPPFLAGS = $(test_cppflags)
tests_unit_proof_CFLAGS = $(test_cflags)
tests_unit_proof_LDADD = $(test_libs)

unit_tests += tests/unit_threshold
tests_unit_threshold_SOURCES = \
	tests/unit/threshold/fixture.h \
	tests/unit/threshold/test_attacks.c \
	tests/unit/threshold/test_combiner.c \
	tests/unit/threshold/test_dealer.c \
	tests/unit/threshold/test_exact.c \
	tests/unit/threshold/test_key_confirm.c \
	tests/unit/threshold/test_key_record.c \
	tests/unit/threshold/test_key_share.c \
	tests/unit/threshold/test_opening.c \
	tests/unit/threshold/test_partial.c \
	tests/unit/threshold/test_vectors.c
tests_unit_threshold_CPPFLAGS = $(test_cppflags)
tests_unit_threshold_CFLAGS = $(test_cflags)
tests_unit_threshold_LDADD = $(test_libs)

unit_tests += tests/unit_ceremony
tests_unit_ceremony_SOURCES = \
	tests/unit/ceremony/batch.c \
	tests/unit/ceremony/batch.h \
	tests/unit/ceremony/group.h \
	tests/unit/ceremony/handover_fixture.h \
	tests/unit/ceremony/opens.h \
	tests/unit/ceremony/party.c \
	tests/unit/ceremony/party.h \
	tests/unit/ceremony/test_biprime.c \
	tests/unit/ceremony/test_candidate.c \
	tests/unit/ceremony/test_ceremony.c \
	tests/unit/ceremony/test_derive.c \
	tests/unit/ceremony/test_golden.c \
	tests/unit/ceremony/test_handover.c \
	tests/unit/ceremony/test_handover_deviations.c \
	tests/unit/ceremony/test_pass_on.c \
	tests/unit/ceremony/test_prf.c \
	tests/unit/ceremony/test_proposal.c \
	tests/unit/ceremony/test_replay.c \
	tests/unit/ceremony/test_saved.c \
	tests/unit/ceremony/test_sets.c \
	tests/unit/ceremony/test_shares.c \
	tests/unit/ceremony/test_sift_vectors.c \
	tests/unit/ceremony/test_sifter.c \
	tests/unit/ceremony/test_signed.c \
	tests/unit/ceremony/test_trial.c \
	tests/unit/ceremony/test_wide.c
tests_unit_ceremony_CPPFLAGS = $(test_cppflags)
tests_unit_ceremony_CFLAGS = $(test_cflags)
tests_unit_ceremony_LDADD = $(test_libs)

unit_tests += tests/unit_round
tests_unit_round_SOURCES = \
	tests/unit/round/fixture.c \
	tests/unit/round/fixture.h \
	tests/unit/round/test_acknowledgement.c \
	tests/unit/round/test_aggregate.c \
	tests/unit/round/test_agreement.c \
	tests/unit/round/test_attacks.c \
	tests/unit/round/test_ballot.c \
	tests/unit/round/test_ballot_layout.c \
	tests/unit/round/test_board.c \
	tests/unit/round/test_completion.c \
	tests/unit/round/test_contribution.c \
	tests/unit/round/test_evidence.c \
	tests/unit/round/test_journal.c \
	tests/unit/round/test_length.c \
	tests/unit/round/test_merkle.c \
	tests/unit/round/test_partial.c \
	tests/unit/round/test_receipt.c \
	tests/unit/round/test_result.c \
	tests/unit/round/test_task.c
tests_unit_round_CPPFLAGS = $(test_cppflags)
tests_unit_round_CFLAGS = $(test_cflags)
tests_unit_round_LDADD = $(test_libs)

# The tools as the command links them, less its main file.

unit_tests += tests/unit_tools
tests_unit_tools_SOURCES = \
	tests/unit/tools/files.h \
	tests/unit/tools/test_csv.c \
	tests/unit/tools/test_decimal.c \
	tests/unit/tools/test_fields_json.c \
	tests/unit/tools/test_input.c \
	tools/quorsum/acknowledge.c \
	tools/quorsum/aggregate.c \
	tools/quorsum/boards.c \
	tools/quorsum/ceremony.c \
	tools/quorsum/ceremony.h \
	tools/quorsum/ceremony_finish.c \
	tools/quorsum/ceremony_line.c \
	tools/quorsum/ceremony_party.c \
	tools/quorsum/ceremony_place.c \
	tools/quorsum/ceremony_propose.c \
	tools/quorsum/ceremony_status.c \
	tools/quorsum/ceremony_words.c \
	tools/quorsum/command.c \
	tools/quorsum/command.h \
	tools/quorsum/complete.c \
	tools/quorsum/confirm.c \
	tools/quorsum/contribute.c \
	tools/quorsum/cost.c \
	tools/quorsum/csv.c \
	tools/quorsum/csv.h \
	tools/quorsum/decimal.c \
	tools/quorsum/decimal.h \
	tools/quorsum/decrypt.c \
	tools/quorsum/fields_json.c \
	tools/quorsum/fields_json.h \
	tools/quorsum/files.c \
	tools/quorsum/header.c \
	tools/quorsum/header.h \
	tools/quorsum/identity.c \
	tools/quorsum/input.c \
	tools/quorsum/input.h \
	tools/quorsum/input_choice.c \
	tools/quorsum/input_csv.c \
	tools/quorsum/input_format.h \
	tools/quorsum/input_npy.c \
	tools/quorsum/keygen.c \
	tools/quorsum/object.c \
	tools/quorsum/object.h \
	tools/quorsum/object_print.c \
	tools/quorsum/object_print.h \
	tools/quorsum/open.c \
	tools/quorsum/pool.c \
	tools/quorsum/progress.c \
	tools/quorsum/record.c \
	tools/quorsum/receipt.c \
	tools/quorsum/roles.c \
	tools/quorsum/secrets.c \
	tools/quorsum/show.c \
	tools/quorsum/source.c \
	tools/quorsum/source.h \
	tools/quorsum/task.c \
	tools/quorsum/totals.c \
	tools/quorsum/totals.h \
	tools/quorsum/totals_html.c \
	tools/quorsum/verify.c \
	tools/quorsum/verify.h \
	tools/quorsum/verify_ceremony.c \
	tools/quorsum/verify_receipt.c
tests_unit_tools_CPPFLAGS = $(test_cppflags)
tests_unit_tools_CFLAGS = $(test_cflags)
tests_unit_tools_LDADD = $(test_libs)

# The statistics of quorsum-timing.

unit_tests += tests/unit_bench
tests_unit_bench_SOURCES = \
	bench/timing.h \
	bench/timing_stats.c \
	tests/unit/bench/test_timing_stats.c
tests_unit_bench_CPPFLAGS = $(test_cppflags)
tests_unit_bench_CFLAGS = $(test_cflags)
tests_unit_bench_LDADD = $(test_libs)

# Tiny primes: every plaintext, every quorum, every set one short.

unit_tests += tests/exhaustive_tiny
tests_exhaustive_tiny_SOURCES = \
	tests/exhaustive/test_paillier.c \
	tests/exhaustive/test_threshold.c
tests_exhaustive_tiny_CPPFLAGS = $(test_cppflags)
tests_exhaustive_tiny_CFLAGS = $(test_cflags)
tests_exhaustive_tiny_LDADD = $(test_libs)
