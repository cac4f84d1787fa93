/* SPDX-License-Identifier: Apache-2.0 */
/* turns.c: asks the kernel for short slices.
 *
 * Niceness says how much of the processor each of several gets where all want it, not how soon: whoever
 * wakes up waits until the slice of who runs is over, which the kernel may notice at its next tick only.
 * Since Linux 6.12 a thread can say how long its own slices are, and one with a shorter slice breaks off
 * a longer one. That costs nobody a share, for who takes shorter turns has no more of them than are due.
 * What it does not reach is another group of processes (a session, a unit): there the groups count. */
#include "cmd/turns.h"

#include <errno.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SLICE_NS = 100 * 1000 /* the shortest that there is; 0.7 to 2.8 ms are usual */ };

int turns_be_short(struct err *err)
{
    struct sched_attr attr = {0};

    if (syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0) < 0)
        return err_set(err, ERR_DENIED, "ask for the priority: %s", strerror(errno));
    if (attr.sched_policy != SCHED_NORMAL)
        return 0; /* whoever started it has chosen otherwise */
    attr.size = sizeof attr;
    attr.sched_runtime = SLICE_NS;
    if (syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
        return err_set(err, ERR_DENIED, "ask for short slices: %s", strerror(errno));
    return 0;
}
