/* SPDX-License-Identifier: Apache-2.0 */
/* flow_steps.c: who does what in which order, how long it takes, and where people give up.
 *
 * The shares are made up; their order of size is that of accounts systems: a third of those who
 * see a form send it, most who send it get through, mails are opened within minutes or never. */
#include "demo/flow_steps.h"

#include "base/mem.h"

#define PAGE STEP_PAGE
#define UID STEP_UID
#define DEVICE (STEP_UID | STEP_DEVICE)
#define BEGIN(view)                                                                                \
    {"flow.begin", 1000, 60, 0, 0, PAGE | STEP_BEGIN},                                             \
        {"flow." view ".view", 1000, 250, 5, 60, PAGE},                                            \
        {"flow.performance.auth", 500, 0, 200, 900, PAGE | STEP_DURATION},                         \
        {"flow.performance.auth.network", 300, 0, 0, 4, PAGE | STEP_DURATION},                     \
        {"flow.performance.auth.server", 300, 0, 0, 4, PAGE | STEP_DURATION},                      \
        {"flow.performance.auth.client", 300, 0, 0, 4, PAGE | STEP_DURATION},                      \
        {"flow.experiment.emailFirst.", 120, 0, 0, 9, PAGE | STEP_COHORT},                         \
    /* The page was loaded again with its flow kept. */                                            \
    {                                                                                              \
        "flow.begin", 15, 0, 2000, 60000, PAGE | STEP_BEGIN                                        \
    }

static const struct flow_step sign_in[] = {
    BEGIN("signin"),
    {"flow.signin.engage", 1000, 90, 900, 9000, PAGE},
    {"flow.signin.submit", 1000, 10, 3000, 45000, PAGE},
    {"flow.signin.attempt", 1000, 0, 1, 12, PAGE},
    {"route./account/login.400.103", 110, 180, 80, 300, 0},
    {"flow.signin.submit", 110, 0, 3000, 30000, PAGE},
    {"flow.signin.attempt", 110, 0, 1, 12, PAGE},
    {"account.login", 1000, 0, 80, 400, UID},
    {"route./account/login.200", 1000, 30, 0, 3, UID},
    {"email.confirmation.sent", 300, 120, 30, 300, UID},
    {"email.verifyLoginEmail.delivered", 200, 0, 900, 9000, UID | STEP_MAIL},
    {"email.confirmation.resent", 30, 0, 30000, 240000, UID},
    {"email.verify_code.clicked", 280, 0, 9000, 900000, UID | STEP_OTHER_DEVICE},
    {"account.confirmed", 280, 0, 20, 120, UID},
    {"account.keyfetch", 800, 0, 100, 900, DEVICE},
    {"account.signed", 1000, 0, 100, 900, DEVICE},
    {"flow.complete", 1000, 0, 0, 2, UID},
    {"flow.timing.signin.render", 120, 0, 1, 20, PAGE | STEP_DURATION},
    {"device.created", 350, 0, 200, 2000, DEVICE | STEP_NO_FLOW},
    {"flow.connect-another-device.view", 300, 0, 300, 1500, PAGE | UID},
};

static const struct flow_step sign_up[] = {
    BEGIN("signup"),
    {"flow.signup.engage", 1000, 220, 900, 12000, PAGE},
    {"flow.signup.have-account", 60, 900, 500, 4000, PAGE},
    {"flow.signup.submit", 1000, 60, 9000, 90000, PAGE},
    {"flow.signup.attempt", 1000, 0, 1, 12, PAGE},
    {"route./account/create.400.101", 50, 700, 80, 300, 0},
    {"account.created", 1000, 0, 120, 500, UID},
    {"route./account/create.200", 1000, 0, 0, 3, UID},
    {"email.verification.sent", 1000, 0, 30, 300, UID},
    {"email.verifySyncEmail.delivered", 940, 0, 900, 9000, UID | STEP_MAIL},
    {"email.verifySyncEmail.bounced", 40, 950, 900, 60000, UID | STEP_MAIL | STEP_COMPLAINT},
    {"email.verification.resent", 70, 0, 60000, 300000, UID},
    {"email.verify_code.clicked", 1000, 230, 15000, 2400000, UID | STEP_OTHER_DEVICE},
    {"account.verified", 1000, 0, 20, 120, UID},
    {"route./recovery_email/verify_code.200", 1000, 0, 0, 3, UID},
    {"account.reminder", 60, 0, 0, 3, UID},
    {"account.keyfetch", 850, 40, 200, 2500, DEVICE},
    {"account.signed", 1000, 0, 100, 900, DEVICE},
    {"flow.complete", 1000, 0, 0, 2, UID},
    {"flow.timing.signup.render", 120, 0, 1, 20, PAGE | STEP_DURATION},
    {"device.created", 900, 0, 200, 2000, DEVICE | STEP_NO_FLOW},
    {"flow.sms.view", 250, 500, 300, 1500, PAGE | UID},
    {"sms.installFirefox.sent", 150, 0, 9000, 40000, UID},
};

static const struct flow_step wrong_turn[] = {
    {"flow.begin", 1000, 0, 0, 0, PAGE | STEP_BEGIN},
    {"flow.signin.view", 1000, 100, 5, 60, PAGE},
    {"flow.signin.create-account", 600, 300, 1500, 20000, PAGE},
    {"flow.signup.view", 600, 350, 20, 200, PAGE},
    {"flow.signup.have-account", 500, 400, 1500, 20000, PAGE},
    {"flow.signin.view", 500, 400, 20, 200, PAGE},
};

static const struct flow_step reset[] = {
    {"flow.begin", 1000, 0, 0, 0, PAGE | STEP_BEGIN},
    {"flow.signin.view", 1000, 0, 5, 60, PAGE},
    {"flow.signin.forgot-password", 1000, 80, 1500, 30000, PAGE},
    {"flow.reset-password.view", 1000, 150, 20, 200, PAGE},
    {"flow.reset-password.engage", 1000, 60, 500, 9000, PAGE},
    {"flow.reset-password.submit", 1000, 0, 3000, 30000, PAGE},
    {"password.forgot.send_code.start", 1000, 0, 20, 90, 0},
    {"password.forgot.send_code.completed", 1000, 0, 30, 200, 0},
    {"email.recoveryEmail.delivered", 950, 120, 900, 9000, UID | STEP_MAIL},
    {"password.forgot.resend_code.start", 120, 0, 60000, 300000, 0},
    {"password.forgot.resend_code.completed", 120, 0, 30, 200, 0},
    {"password.forgot.verify_code.start", 1000, 200, 9000, 900000, STEP_OTHER_DEVICE},
    {"password.forgot.verify_code.completed", 1000, 50, 30, 200, 0},
    {"account.reset", 1000, 0, 9000, 60000, UID},
    {"route./account/reset.200", 1000, 0, 0, 3, UID},
    {"account.keyfetch", 700, 0, 100, 900, DEVICE},
    {"account.signed", 1000, 0, 100, 900, DEVICE},
    {"flow.complete", 1000, 0, 0, 2, UID},
};

static const struct flow_step blocked[] = {
    {"flow.begin", 1000, 0, 0, 0, PAGE | STEP_BEGIN},
    {"flow.signin.view", 1000, 0, 5, 60, PAGE},
    {"flow.signin.engage", 1000, 0, 900, 9000, PAGE},
    {"flow.signin.submit", 1000, 0, 3000, 30000, PAGE},
    {"flow.signin.attempt", 1000, 0, 1, 12, PAGE},
    {"customs.blocked", 1000, 0, 20, 90, 0},
    {"route./account/login.400.125", 1000, 450, 0, 3, 0},
    {"account.login.sentUnblockCode", 1000, 300, 900, 9000, UID},
    {"route./account/login/send_unblock_code.200", 1000, 0, 0, 3, UID},
    {"account.login.confirmedUnblockCode", 1000, 0, 20000, 300000, UID},
    {"account.login", 1000, 0, 20, 90, UID},
    {"account.signed", 900, 0, 100, 900, DEVICE},
    {"flow.complete", 900, 0, 0, 2, UID},
};

/* A page that a crawler or a mistyped link opened. */
static const struct flow_step glance[] = {
    {"flow.begin", 1000, 0, 0, 0, PAGE | STEP_BEGIN},
    {"flow.enter-email.view", 1000, 0, 5, 60, PAGE},
};

/* The other device of somebody who has just signed up or in. */
static const struct flow_step continued[] = {
    {"flow.begin", 1000, 0, 0, 0, PAGE | STEP_BEGIN},
    {"flow.continued.", 1000, 0, 2, 30, PAGE | STEP_CONTINUED},
    {"flow.signin.view", 1000, 120, 5, 60, PAGE},
    {"flow.signin.engage", 1000, 60, 900, 9000, PAGE},
    {"flow.signin.submit", 1000, 10, 3000, 40000, PAGE},
    {"flow.signin.attempt", 1000, 0, 1, 12, PAGE},
    {"account.login", 1000, 0, 80, 400, UID},
    {"route./account/login.200", 1000, 10, 0, 3, UID},
    {"account.keyfetch", 900, 0, 100, 900, DEVICE},
    {"account.signed", 1000, 0, 100, 900, DEVICE},
    {"flow.complete", 1000, 0, 0, 2, UID},
    {"device.created", 900, 0, 200, 2000, DEVICE | STEP_NO_FLOW},
};

#define SCRIPT(steps, weight, ...)                                                                 \
    {                                                                                              \
        steps, ARRAY_LEN(steps), weight, __VA_ARGS__                                               \
    }

const struct flow_script flow_scripts[] = {
    SCRIPT(sign_in, 520, true), SCRIPT(sign_up, 260, true), SCRIPT(wrong_turn, 60, false),
    SCRIPT(reset, 60, false),   SCRIPT(blocked, 30, false), SCRIPT(glance, 70, false),
};
const struct flow_script flow_continued_script = SCRIPT(continued, 0, false);
const size_t flow_script_count = ARRAY_LEN(flow_scripts);

#define DAY_MS 86400000u

/* A device in use: certificates through the day. */
static const struct flow_step device_day[] = {
    {"account.signed", 1000, 0, 0, 0, DEVICE | STEP_NO_FLOW},
    {"account.keyfetch", 60, 0, 500, 4000, DEVICE | STEP_NO_FLOW},
    {"account.signed", 800, 0, 1800000, DAY_MS / 4, DEVICE | STEP_NO_FLOW},
    {"account.signed", 550, 0, 1800000, DAY_MS / 4, DEVICE | STEP_NO_FLOW},
    {"device.updated", 110, 0, 500, 4000, DEVICE | STEP_NO_FLOW},
};
static const struct flow_step goodbye[] = {
    {"account.login", 700, 0, 0, 0, UID | STEP_NO_FLOW},
    {"device.deleted", 1000, 0, 20000, 90000, DEVICE | STEP_NO_FLOW},
    {"account.deleted", 220, 0, 20000, 90000, UID | STEP_NO_FLOW},
};

const struct flow_script device_scripts[] = {
    SCRIPT(device_day, 960, false),
    SCRIPT(goodbye, 40, false),
};
const size_t device_script_count = ARRAY_LEN(device_scripts);
