# SPDX-License-Identifier: Apache-2.0
lib_sources += \
	lib/round/aggregate.c \
	lib/round/aggregate.h \
	lib/round/aggregator.c \
	lib/round/ballot.c \
	lib/round/ballot.h \
	lib/round/board.c \
	lib/round/board.h \
	lib/round/board_aggregate.c \
	lib/round/board_complete.c \
	lib/round/board_decrypt.c \
	lib/round/board_feed.c \
	lib/round/board_list.c \
	lib/round/board_result.c \
	lib/round/board_verify.c \
	lib/round/bound.c \
	lib/round/bound.h \
	lib/round/completion.c \
	lib/round/completion.h \
	lib/round/contribution.c \
	lib/round/contribution.h \
	lib/round/journal.c \
	lib/round/journal.h \
	lib/round/length.c \
	lib/round/length.h \
	lib/round/level.c \
	lib/round/level.h \
	lib/round/manifest.c \
	lib/round/manifest.h \
	lib/round/partial.c \
	lib/round/policy.c \
	lib/round/policy.h \
	lib/round/result.c \
	lib/round/task.c \
	lib/round/task.h \
	lib/round/task_decode.c
