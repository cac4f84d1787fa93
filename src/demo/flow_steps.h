/* SPDX-License-Identifier: Apache-2.0 */
/* flow_steps.h: the scripts of sign-in, sign-up and what follows, as tables of steps. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow_step_flags {
    STEP_PAGE = 1, /* sent by the page: context, entrypoint, migration */
    STEP_UID = 2, /* the account is known */
    STEP_DEVICE = 4, /* the device is known */
    STEP_MAIL = 8, /* has email_domain */
    STEP_COMPLAINT = 16,
    STEP_DURATION = 32, /* has duration_ms */
    STEP_OTHER_DEVICE = 64, /* from here on the person uses another device, if they have one */
    STEP_NO_FLOW = 128, /* activity outside of the flow */
    STEP_BEGIN = 256, /* carries the campaign */
    STEP_COHORT = 512, /* the name goes on with the flow's cohort */
    STEP_CONTINUED = 1024, /* with the id of the flow that this one goes on from */
};

struct flow_step {
    const char *name;
    uint16_t chance; /* in a thousand: it happens at all */
    uint16_t leave; /* in a thousand: nothing follows */
    uint32_t low_ms, high_ms; /* since the step before */
    uint16_t flags;
};

struct flow_script {
    const struct flow_step *steps;
    size_t count;
    unsigned weight;
    bool linked; /* where it ends, a flow on another device may go on from it */
};

extern const struct flow_script flow_scripts[], device_scripts[];
extern const struct flow_script flow_continued_script;
extern const size_t flow_script_count, device_script_count;
