/* SPDX-License-Identifier: Apache-2.0 */
/* quarantine.c: `weir quarantine`: picks what to do with events that were kept aside. */
#include "cmd/quarantine.h"

static const struct command *const parts[] = {
    &command_quarantine_list,
    &command_quarantine_show,
    &command_quarantine_replay,
    &command_quarantine_drop,
    NULL,
};

static int run(const struct command *self, int argc, char **argv)
{
    return run_part(self, parts, "list, show, replay or drop", argc, argv);
}

const struct command command_quarantine = {
    .name = "quarantine",
    .summary = "what was kept aside: list, show, replay, drop",
    .arguments = "list|show|replay|drop",
    .description =
        "Events that do not fit the catalogue are kept aside, not lost. Find what is wrong, mend\n"
        "the catalogue or the sender, and replay them; or drop them, with a reason.\n\n"
        "  weir quarantine list              what is wrong, by source, event and error\n"
        "  weir quarantine show 4711         one event, with its errors in it\n"
        "  weir quarantine replay --dry-run --all\n"
        "  weir quarantine drop --name 'test.*' --reason \"a load test\"\n\n"
        "weir quarantine list --help, and so on, says more.",
    .filter = true,
    .run = run,
};
