/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c: the table of all commands. */
#include "cmd/cmd.h"

extern const struct command command_agent;
extern const struct command command_check;
extern const struct command command_collect;
extern const struct command command_demo;
extern const struct command command_engine;
extern const struct command command_flow;
extern const struct command command_import;
extern const struct command command_password;
extern const struct command command_quarantine;
extern const struct command command_ledger;
extern const struct command command_query;
extern const struct command command_rebuild;
extern const struct command command_reload;
extern const struct command command_report;
extern const struct command command_send;
extern const struct command command_serve;
extern const struct command command_ship;
extern const struct command command_tail;
extern const struct command command_verify;

const struct command *const commands[] = {
    &command_serve,  &command_collect,  &command_engine,  &command_check,      &command_agent,
    &command_reload, &command_password, &command_send,    &command_ship,       &command_import,
    &command_query,  &command_report,   &command_flow,    &command_quarantine, &command_ledger,
    &command_tail,   &command_verify,   &command_rebuild, &command_demo,       NULL,
};
