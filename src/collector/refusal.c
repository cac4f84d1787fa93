/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c: the table of refusals. No text holds anything that a client sent. */
#include "collector/refusal.h"

#include "base/check.h"

static const struct refusal_text texts[REFUSAL_COUNT] = {
    [REFUSAL_BAD_REQUEST] =
        {400, "bad_request",
         "The request is not sound HTTP: send either one Content-Length of plain "
         "digits or Transfer-Encoding: chunked, each of the other fields once, "
         "and names without blanks.",
         0},
    [REFUSAL_TARGET_TOO_LONG] = {414, "target_too_long",
                                 "The path and query may have 8192 bytes; put data into the body.",
                                 0},
    [REFUSAL_HEADER_TOO_LARGE] =
        {431, "header_too_large",
         "A request may have 64 header fields, 8192 bytes in one and 16384 in "
         "all; drop cookies and other fields that are not for this server.",
         0},
    [REFUSAL_MISSING_KEY] = {401, "missing_key",
                             "Send the source's key as `Authorization: Bearer KEY`, or as ?key=KEY "
                             "where a header cannot be set.",
                             0},
    [REFUSAL_UNKNOWN_KEY] = {401, "unknown_key",
                             "No source has this key; compare it with `sources` in weir.yaml.", 0},
    [REFUSAL_SIGNATURE_NEEDED] = {403, "signature_needed",
                                  "This source signs its requests; its key is no bearer key.", 0},
    [REFUSAL_MISSING_ORIGIN] = {403, "missing_origin",
                                "The key of a browser source works from its web pages only, whose "
                                "requests have an Origin; use a server source's key elsewhere.",
                                0},
    [REFUSAL_ORIGIN_NOT_ALLOWED] =
        {403, "origin_not_allowed",
         "This origin is not among the source's `origins`; they are compared "
         "exactly: scheme, host and port.",
         0},
    [REFUSAL_NOT_LOCAL] =
        {403, "not_local",
         "This is for the machine itself; set collector.metrics_public to open it.", 0},
    [REFUSAL_NOT_FOUND] = {404, "not_found",
                           "There is nothing at this path; events go to POST /v1/events.", 0},
    [REFUSAL_METHOD_NOT_ALLOWED] = {405, "method_not_allowed",
                                    "This path takes other methods; the header Allow lists them.",
                                    0},
    [REFUSAL_BODY_TOO_LARGE] =
        {413, "body_too_large",
         "The body is larger than collector.max_body allows, or than 1 MiB at /metrics; "
         "send fewer events at once.",
         0},
    [REFUSAL_INFLATED_TOO_LARGE] = {413, "inflated_too_large",
                                    "The body inflates to more than collector.max_inflated allows, "
                                    "or than 1 MiB at /metrics; send fewer events at once.",
                                    0},
    [REFUSAL_TOO_MANY_EVENTS] = {413, "too_many_events",
                                 "One request may carry 10000 events; send the rest in another.",
                                 0},
    [REFUSAL_BATCH_TOO_LARGE] =
        {413, "batch_too_large",
         "The events of one request may take 14 MiB in the journal, and their errors 16 MiB in the "
         "answer; send fewer at once.",
         0},
    [REFUSAL_UNSUPPORTED_TYPE] =
        {415, "unsupported_type",
         "Send application/json or text/plain; /v1/events takes application/x-ndjson as well.", 0},
    [REFUSAL_UNSUPPORTED_ENCODING] = {415, "unsupported_encoding",
                                      "Content-Encoding may be gzip, zstd or identity, once.", 0},
    [REFUSAL_BROKEN_ENCODING] = {400, "broken_encoding",
                                 "The body is not one whole stream of its Content-Encoding.", 0},
    [REFUSAL_EMPTY_BODY] = {400, "empty_body",
                            "The body is empty; send an event, an array of events, or one a line.",
                            0},
    [REFUSAL_INVALID_JSON] = {400, "invalid_json", "The body is not the JSON that is expected.", 0},
    [REFUSAL_RATE_LIMITED] = {429, "rate_limited",
                              "The source sends more than its `rate` allows; wait for as long as "
                              "Retry-After says, then send the same events again.",
                              1},
    [REFUSAL_OVERLOADED] =
        {503, "overloaded",
         "The collector holds as many requests as it has memory for; send the same "
         "events again a little later.",
         1},
    [REFUSAL_CLOSING] = {503, "closing",
                         "The collector is stopping; send the same events again a little later.",
                         1},
    [REFUSAL_JOURNAL_FAILED] = {503, "journal_failed",
                                "The journal's disk failed, so nothing can be kept; send the same "
                                "events again later.",
                                10},
    [REFUSAL_DISK_FULL] = {507, "disk_full",
                           "The journal's disk is near full, so nothing can be kept; send the same "
                           "events again later.",
                           60},
    [REFUSAL_ABORTED] = {408, "aborted", "The request did not arrive whole in time.", 0},
    [REFUSAL_EVENT_NOT_ALLOWED] = {403, "event_not_allowed",
                                   "The source's `events` do not list this event.", 0},
    [REFUSAL_QUARANTINE_FULL] = {422, "quarantine_full",
                                 "The source has had kept aside as many faulty events as it may.",
                                 0},
    [REFUSAL_INVALID_BATCH] = {400, "invalid_batch",
                               "The batch does not follow the schema in docs/http.md.", 0},
    [REFUSAL_NO_FLOW] = {422, "no_flow",
                         "The batch has no flow, so its events cannot be steps of one.", 0},
    [REFUSAL_FLOWS_OFF] = {404, "flows_off",
                           "This server hands out no flow ids: set `flows.keys` in weir.yaml.", 0},
    [REFUSAL_BAD_PARAMETER] = {400, "bad_parameter", "A parameter of the query is wrong.", 0},
    [REFUSAL_DOMAIN_NOT_PERMITTED] = {403, "domain_not_permitted",
                                      "The source's `domains` do not list the page's host.", 0},
    [REFUSAL_DOMAIN_SKIPPED] = {403, "domain_skipped",
                                "The source's `skip_domains` list the page's host.", 0},
    [REFUSAL_NOT_OF_FLOW] = {422, "not_of_flow", "Of a batch only the events of its flow are kept.",
                             0},
};

const struct refusal_text *refusal_text(enum refusal why)
{
    CHECK(why > REFUSAL_NONE && why < REFUSAL_COUNT);
    return &texts[why];
}
