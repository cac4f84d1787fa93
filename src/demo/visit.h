/* SPDX-License-Identifier: Apache-2.0 */
/* visit.h: what the files of this folder share: somebody's stay, and how its events are written.
 *
 * A visit is whatever brings several events of one person or machine: a session on a site, a flow,
 * a day's work. traffic.c keeps those under way in a heap by the time of their next event and calls
 * the kind's `step`, which writes one event and either sets the time of the next or says that the
 * visit is over. What somebody is like (people.c) follows from their number, so nobody is stored. */
#pragma once
#include "base/buf.h"
#include "demo/pace.h"
#include "demo/rng.h"
#include "demo/traffic.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)

struct visit {
    int64_t at_us; /* of the next event */
    int64_t begin_us;
    uint64_t person;
    uint64_t session; /* random */
    uint64_t request; /* random; the events of one request share it */
    uint64_t object; /* what it is about: project, installation, script of a flow ... */
    int64_t mark_us; /* of the kind's own use */
    uint8_t flow_id[32], older_flow[32];
    uint32_t page, before; /* index of the page shown now, and of the one that led there */
    uint16_t step, left;
    uint8_t kind, region, agent, device, state;
    bool over;
};

/* One way to spend time; `weight` is how often it starts, beside the others of its catalogue. */
struct visit_kind {
    enum traffic_source source;
    unsigned weight;
    enum pace_kind pace; /* when people do it */
    bool robots; /* some of these are by crawlers */
    void (*start)(struct traffic *t, struct visit *v);
    void (*step)(struct traffic *t, struct visit *v);
};

extern const struct visit_kind site_kinds[], service_kinds[], accounts_kinds[], timetracker_kinds[],
    integrations_kinds[];
extern const size_t site_kind_count, service_kind_count, accounts_kind_count,
    timetracker_kind_count, integrations_kind_count;

/* The parts of struct traffic that the kinds use. */
struct maker {
    struct rng rng;
    uint64_t seed;
    uint64_t people; /* size of each population; newcomers have numbers above it */
    uint64_t newcomers; /* accounts created so far */
    struct buf *out;
    bool site_without_connection;
    struct str flow_key;
};
struct maker *traffic_maker(struct traffic *t);

/* People. */
struct region {
    const char *locale, *timezone;
    int offset_minutes; /* of winter; DST is left out */
    unsigned weight;
};
struct agent {
    const char *text, *platform, *screen;
    unsigned weight;
    bool mobile;
};
extern const struct region regions[];
extern const size_t region_count;
extern const struct agent agents[]; /* people's, then robots' */
extern const size_t agent_count, robot_count;

enum { DEVICES_MAX = 3 };

uint64_t people_hash(const struct maker *m, uint64_t person, unsigned salt);
/* A person who is likely to be about at that hour; sets person, region, device, agent. */
void people_pick(struct maker *m, struct visit *v, enum pace_kind pace);
void people_become(struct maker *m, struct visit *v, uint64_t person);
void people_become_robot(struct maker *m, struct visit *v);
void people_use_device(struct maker *m, struct visit *v, unsigned device);
unsigned people_device_count(const struct maker *m, uint64_t person);
/* Writes the address (at most 40 bytes) that the person's device has on that day. */
size_t people_ip(const struct maker *m, const struct visit *v, char *out);

/* Writing one event: open, fields, properties, context, close; in this order. */
void put_open(struct maker *m, const struct visit *v, const char *name);
void put_open_named(struct maker *m, const struct visit *v, struct str name);
void put_field(struct maker *m, const char *field, struct str value);
void put_request_id(struct maker *m, const struct visit *v);
void put_properties(struct maker *m);
void put_text(struct maker *m, const char *name, const char *value);
void put_str(struct maker *m, const char *name, struct str value);
void put_null(struct maker *m, const char *name);
void put_bool(struct maker *m, const char *name, bool value);
void put_int(struct maker *m, const char *name, int64_t value);
/* value / 100 with at most two digits behind the point. */
void put_cents(struct maker *m, const char *name, int64_t cents);
/* 32 hex digits that follow from a number. */
void put_hex(struct maker *m, const char *name, uint64_t high, uint64_t low);
/* "prefix" and a number, as text. */
void put_id(struct maker *m, const char *name, const char *prefix, uint64_t number);
/* The same text in the form 8-4-4-4-12 of a random UUID. */
void put_uuid(struct maker *m, const char *name, uint64_t high, uint64_t low);
/* A list of texts: begin, items, end. */
void put_list(struct maker *m, const char *name);
void put_item(struct maker *m, struct str value);
void put_list_end(struct maker *m);
void put_context(struct maker *m);
/* ip, user_agent of the visit's device. */
void put_connection(struct maker *m, const struct visit *v);
void put_close(struct maker *m);

#define pick(m, array) ((array)[rng_below(&(m)->rng, ARRAY_LEN(array))])
