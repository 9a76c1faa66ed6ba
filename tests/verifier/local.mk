# SPDX-License-Identifier: Apache-2.0
# The second decoder: Python, written from docs/wire-format.md, nothing shared with lib/.
EXTRA_DIST += \
	tests/verifier/agreement.py \
	tests/verifier/arith.py \
	tests/verifier/board.py \
	tests/verifier/cbor.py \
	tests/verifier/ceremony.py \
	tests/verifier/ceremony_math.py \
	tests/verifier/checks.py \
	tests/verifier/choice.py \
	tests/verifier/choiceprover.py \
	tests/verifier/committee.py \
	tests/verifier/dealer.py \
	tests/verifier/differ.py \
	tests/verifier/ed25519.py \
	tests/verifier/factors.py \
	tests/verifier/key.py \
	tests/verifier/makeboard.py \
	tests/verifier/manifest.py \
	tests/verifier/merkle.py \
	tests/verifier/message.py \
	tests/verifier/modulus.py \
	tests/verifier/mutants.py \
	tests/verifier/norm.py \
	tests/verifier/normprover.py \
	tests/verifier/party.py \
	tests/verifier/playceremony.py \
	tests/verifier/primes.py \
	tests/verifier/proofs.py \
	tests/verifier/refusal.py \
	tests/verifier/rsa2048.py \
	tests/verifier/signers.py \
	tests/verifier/sharing.py \
	tests/verifier/sieve.py \
	tests/verifier/slots.py \
	tests/verifier/squares.py \
	tests/verifier/stories.py \
	tests/verifier/test_agreement.py \
	tests/verifier/test_ceremony.py \
	tests/verifier/test_proofs.py \
	tests/verifier/test_verifier.py \
	tests/verifier/transcript.py \
	tests/verifier/verify.py

# Thousands of boards, judged by both. VERIFIER_BOARDS=100000 make check takes an hour or so.
if WITH_TESTS
check_PROGRAMS += tests/judge
tests_judge_SOURCES = tests/verifier/judge.c tests/verifier/rounds.c tests/verifier/rounds.h
tests_judge_CPPFLAGS = $(test_cppflags)
tests_judge_CFLAGS = $(test_cflags)
tests_judge_LDADD = libquorsum_test.a $(SODIUM_LIBS) $(GMP_LIBS)
endif
TESTS += tests/verifier/differ.py
TESTS += tests/verifier/test_agreement.py tests/verifier/test_ceremony.py tests/verifier/test_proofs.py tests/verifier/test_verifier.py
