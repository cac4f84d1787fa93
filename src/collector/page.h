/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: what web pages load and send to, at the paths that the settings name: in two steps each, with
 * the header and when the body is whole.
 * Threads: the request's edge. */
#pragma once
#include "collector/request.h"

/* page.c: POST `pages.events` */
enum refusal page_check(struct request *req, int64_t length);
void page_finish(struct request *req);
/* Who sends, and whether a page of this origin (absent: it is not said) may; for pixel.c as well. One of another
 * origin passes here as `foreign`. */
enum refusal page_sender(struct request *req, struct str origin);
/* The page that a Referer names, as the event's: its host without the port, as a script would name it. What is no URL
 * says nothing. The text stays as long as a. */
void page_put_referer(struct str referer, struct arena *a, struct event *event);

/* pixel.c: GET and HEAD `pages.pixel` */
enum refusal pixel_check(struct request *req, const char *method);
void pixel_finish(struct request *req);
/* The image, whatever the status. */
void pixel_answer(struct request *req);
