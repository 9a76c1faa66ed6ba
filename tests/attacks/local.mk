# SPDX-License-Identifier: Apache-2.0
# The attack gallery: one program, one file an attack (README.md is the list).

unit_tests += tests/attack_gallery
tests_attack_gallery_SOURCES = \
	tests/attacks/ballot_forger.h \
	tests/attacks/ballot_from_another_task.c \
	tests/attacks/ballot_of_minus_five_and_six.c \
	tests/attacks/contribute_a_non_unit.c \
	tests/attacks/copy_a_ballot_verbatim.c \
	tests/attacks/claim_a_ceremony.c \
	tests/attacks/crooked_dealer.c \
	tests/attacks/crooked_dealer.h \
	tests/attacks/forge_a_receipt.c \
	tests/attacks/forger.c \
	tests/attacks/forger.h \
	tests/attacks/frame_an_honest_coordinator.c \
	tests/attacks/honest_vectors_near_the_bound.c \
	tests/attacks/isolate_a_victim.c \
	tests/attacks/key_whose_dealer_chose_h.c \
	tests/attacks/key_with_a_small_factor.c \
	tests/attacks/key_with_a_third_prime.c \
	tests/attacks/knowledge_only_ballot.c \
	tests/attacks/learn_a_root_of_unity.c \
	tests/attacks/norm_forger.c \
	tests/attacks/norm_forger.h \
	tests/attacks/omit_a_contribution.c \
	tests/attacks/open_one_ciphertext_twice.c \
	tests/attacks/open_zero_as_anything.c \
	tests/attacks/over_long_sub_challenge.c \
	tests/attacks/overflow_with_one_too_many.c \
	tests/attacks/present_an_older_vote.c \
	tests/attacks/prime_key.c \
	tests/attacks/prove_half_an_integer.c \
	tests/attacks/race_a_trustee.c \
	tests/attacks/race_two_ballots.c \
	tests/attacks/re_randomise_a_ballot.c \
	tests/attacks/replay_an_acknowledgement.c \
	tests/attacks/scale_a_ballot.c \
	tests/attacks/scene.c \
	tests/attacks/scene.h \
	tests/attacks/shift_a_copied_ciphertext.c \
	tests/attacks/speak_for_another_trustee.c \
	tests/attacks/split_the_committee.c \
	tests/attacks/squat_a_place.c \
	tests/attacks/subtract_two_totals.c \
	tests/attacks/swap_a_verification_key.c \
	tests/attacks/swap_partials.c \
	tests/attacks/truncate_the_board.c \
	tests/attacks/unconfirmed_key.c \
	tests/attacks/vote_late_where_the_first_counts.c \
	tests/attacks/vote_twice.c \
	tests/attacks/whole_norm_in_one_slot.c \
	tests/unit/round/fixture.c \
	tests/unit/round/fixture.h
tests_attack_gallery_CPPFLAGS = $(test_cppflags)
tests_attack_gallery_CFLAGS = $(test_cflags)
tests_attack_gallery_LDADD = $(test_libs)
EXTRA_DIST += tests/attacks/README.md
