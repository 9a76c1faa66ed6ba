# SPDX-License-Identifier: Apache-2.0
# Quorsum beside other packages. The program links the library as its users do. `make check` builds it and tries the
# script with no peer there; `make bench-peers` fetches the peers into the build folder and compares.
check_PROGRAMS += bench/peers/quorsum_peer
bench_peers_quorsum_peer_SOURCES = bench/peers/quorsum_peer.c
bench_peers_quorsum_peer_LDADD = libquorsum.la

PEERS_OPTIONS =
.PHONY: bench-peers
bench-peers: bench/peers/quorsum_peer$(EXEEXT)
	top_builddir='$(abs_top_builddir)' PYTHON3='$(PYTHON3)' $(SHELL) $(srcdir)/bench/peers/run.sh $(PEERS_OPTIONS)

EXTRA_DIST += \
	bench/peers/compare.py \
	bench/peers/packages.txt \
	bench/peers/run.sh \
	bench/peers/worker.py \
	tests/peers/test_compare.py
TESTS += tests/peers/test_compare.py
