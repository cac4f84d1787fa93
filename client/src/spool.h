/* SPDX-License-Identifier: Apache-2.0 */
/* spool.h: batches as files of a folder, until they are sent. The format is at the top of spool.c.
 *
 * A file that was written survives a crash of the process and of the machine. Several processes may
 * share the folder; a file is in the work of one of them. */
#ifndef WEIR_SPOOL_H
#define WEIR_SPOOL_H
#include "batch.h"

enum { WEIR_SPOOL_FILES = 4096, WEIR_SPOOL_NAME = 96, WEIR_SPOOL_DAMAGED = -2 };

struct weir_spool {
    const char *folder; /* borrowed; NULL: no spool */
    size_t max_bytes;
    char tag[17]; /* whose files these are: another for each client and process */
    unsigned sequence;
    int claimed; /* the open file of `name`, or -1 */
    bool own; /* this client wrote it */
    char name[WEIR_SPOOL_NAME];
};

void weir_spool_init(struct weir_spool *s, const char *folder, size_t max_bytes);
/* In the child of a fork: another tag, and nothing claimed. */
void weir_spool_forked(struct weir_spool *s);
/* Puts all events of the batch on the disk. 0, or -1 and why. */
int weir_spool_write(struct weir_spool *s, const struct weir_batch *b, char *why, size_t why_size);
/* Claims the oldest file that nobody works on and reads it into the batch: 1; 0 where there is none;
 * WEIR_SPOOL_DAMAGED where it was set aside, or -1 where the folder or file cannot be worked on, and why. */
int weir_spool_claim(struct weir_spool *s, struct weir_batch *b, char *why, size_t why_size);
/* Lets go of the claimed file; `done` removes it. -1 where it cannot be removed. */
int weir_spool_release(struct weir_spool *s, bool done);

#endif
