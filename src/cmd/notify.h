/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h: systemd's start-up protocol, as sd_notify(3) documents it. Nothing happens where
 * $NOTIFY_SOCKET is not set. */
#pragma once

/* "READY=1", "STOPPING=1", "STATUS=..."; lines are separated by newlines. */
void notify_systemd(const char *state);
