# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/ceremony/box.c \
	lib/ceremony/box.h \
	lib/ceremony/ceremony.c \
	lib/ceremony/ceremony.h \
	lib/ceremony/digest.c \
	lib/ceremony/digest.h \
	lib/ceremony/engine.c \
	lib/ceremony/finish.c \
	lib/ceremony/generation.h \
	lib/ceremony/handover.h \
	lib/ceremony/log.c \
	lib/ceremony/log.h \
	lib/ceremony/pass_on.c \
	lib/ceremony/prf.c \
	lib/ceremony/prf.h \
	lib/ceremony/proposal.c \
	lib/ceremony/proposal.h \
	lib/ceremony/reveal.c \
	lib/ceremony/rounds.c \
	lib/ceremony/saved.c \
	lib/ceremony/secrets.c \
	lib/ceremony/sets.c \
	lib/ceremony/sets.h \
	lib/ceremony/setup.c \
	lib/ceremony/step_message.c \
	lib/ceremony/step_message.h \
	lib/ceremony/verdict.c \
	lib/ceremony/verdict.h
