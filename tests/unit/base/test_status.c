/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes: fixed numbers, a name and a sentence for each. The header is read as text, so that a code added
 * there and forgotten in status.c shows. Assumes top_srcdir in the environment, as `make check` sets it. */
#include "quorsum/status.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_header(void)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/include/quorsum/status.h", top != NULL ? top : ".");
    file = fopen(path, "r");
    cr_assert_not_null(file, "cannot open %s", path);
    return file;
}

static int is_sentence(const char *text)
{
    size_t len = strlen(text);

    return len > 5 && strchr(text, '\n') == NULL && text[len - 1] != '.' && strchr(text, ' ') != NULL;
}

Test(status, every_code_of_the_header_has_its_name_and_a_sentence)
{
    FILE *file = open_header();
    char line[512], name[128];
    int number, codes = 0, last = -1;

    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, " %127[A-Z0-9_] = %d", name, &number) != 2)
            continue;
        codes++;
        cr_expect_gt(number, last, "%s is out of order", name);
        last = number;
        cr_expect_str_eq(quorsum_status_name((quorsum_status)number), name);
        cr_expect(is_sentence(quorsum_status_text((quorsum_status)number)), "%s", name);
    }
    fclose(file);
    cr_expect_gt(codes, 40);
}

Test(status, no_two_codes_share_a_name_or_a_sentence)
{
    for (int a = 0; a < 128; a++) {
        const char *name = quorsum_status_name((quorsum_status)a);

        for (int b = 0; b < a && strcmp(name, "QUORSUM_ERR_UNKNOWN") != 0; b++) {
            cr_expect_str_neq(name, quorsum_status_name((quorsum_status)b));
            cr_expect_str_neq(quorsum_status_text((quorsum_status)a), quorsum_status_text((quorsum_status)b));
        }
    }
}

Test(status, an_unknown_number_has_a_name_too)
{
    static const int numbers[] = {-1, 11, 19, 79, 1000, 0x7fffffff};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        cr_expect_str_eq(quorsum_status_name((quorsum_status)numbers[i]), "QUORSUM_ERR_UNKNOWN");
        cr_expect(is_sentence(quorsum_status_text((quorsum_status)numbers[i])));
    }
}

Test(status, the_version_is_three_numbers)
{
    int major, minor, patch, end = 0;

    cr_expect_eq(sscanf(quorsum_version(), "%d.%d.%d%n", &major, &minor, &patch, &end), 3);
    cr_expect_gt(end, 0);
}
