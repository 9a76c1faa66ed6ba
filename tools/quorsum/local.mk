# SPDX-License-Identifier: Apache-2.0
# The command line: one file a subcommand, and a man page each, made from its --help.
if WITH_TOOLS
bin_PROGRAMS += quorsum
endif
# The shared library hides its insides; what the tools share of lib/base is compiled in.
quorsum_SOURCES = \
	lib/base/file.c \
	lib/base/random.c \
	lib/base/secret.c \
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
	tools/quorsum/main.c \
	tools/quorsum/object.c \
	tools/quorsum/object.h \
	tools/quorsum/object_print.c \
	tools/quorsum/object_print.h \
	tools/quorsum/open.c \
	tools/quorsum/pool.c \
	tools/quorsum/progress.c \
	tools/quorsum/receipt.c \
	tools/quorsum/record.c \
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
quorsum_CFLAGS = $(AM_CFLAGS) $(GMP_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS)
quorsum_LDADD = libquorsum.la $(JANSSON_LIBS) $(SODIUM_LIBS) $(GMP_LIBS)

EXTRA_DIST += tools/man-page.sh
man_pages = \
	man/quorsum.1 \
	man/quorsum-ceremony.1 \
	man/quorsum-keygen.1 \
	man/quorsum-confirm.1 \
	man/quorsum-identity.1 \
	man/quorsum-task.1 \
	man/quorsum-pool.1 \
	man/quorsum-contribute.1 \
	man/quorsum-receipt.1 \
	man/quorsum-aggregate.1 \
	man/quorsum-acknowledge.1 \
	man/quorsum-decrypt.1 \
	man/quorsum-complete.1 \
	man/quorsum-open.1 \
	man/quorsum-verify.1 \
	man/quorsum-show.1 \
	man/quorsum-cost.1

if WITH_MAN
dist_man_MANS += $(man_pages)
endif
if MAKE_MAN
# Running the command needs it built, but a newer command alone makes no page older: its sources do.
$(man_pages): $(quorsum_SOURCES) configure.ac tools/man-page.sh | quorsum$(EXEEXT)
	@$(MKDIR_P) man
	$(AM_V_GEN)HELP2MAN='$(HELP2MAN)' VERSION='$(PACKAGE_VERSION)' top_srcdir='$(top_srcdir)' \
	    $(SHELL) $(top_srcdir)/tools/man-page.sh ./quorsum$(EXEEXT) $@
endif
