/* SPDX-License-Identifier: Apache-2.0 */
/* send.h: hands a made answer to the HTTP library. */
#pragma once
#include "collector/request.h"

/* Queues req's status, fields and req->answer, which stays until request_end. MHD_NO: the connection
 * is to be closed. */
enum MHD_Result send_answer(struct request *req);
