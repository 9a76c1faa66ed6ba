/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings that went out to the caller: they were malloc'd, and free gives them back. */
#include "quorsum/bytes.h"

#include <stdlib.h>

void quorsum_bytes_free(quorsum_bytes *bytes)
{
    if (bytes == NULL)
        return;
    free(bytes->data);
    *bytes = (quorsum_bytes){0};
}
