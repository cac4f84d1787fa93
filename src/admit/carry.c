/* SPDX-License-Identifier: Apache-2.0 */
/* carry.c: contexts under tokens, as an event uses and changes them, and the completion of a flow.
 *
 * A token is known as 16 bytes of an HMAC-SHA256 over the source's name and the token, under a key of
 * this deployment: nobody can try tokens against what is stored, and one source's are not another's.
 * What an event does is written into its own record and takes effect with its commit (collector/
 * carriage.c); the events of the same request see it at once (flow/carried_view.c).
 * Leaves to admit.c the order of the checks, to flow.c whether a flow's own id is good. */
#include "admit/carry.h"

#include <openssl/evp.h>

#include "base/check.h"
#include "base/mem.h"
#include "catalogue/describe.h"
#include "flow/carried_view.h"

static int key_of(const struct protection *p, struct str token, struct carried_key *out)
{
    struct str source = source_name(p->req->source);
    size_t len = source.len + 1 + token.len;
    char *text = arena_alloc_raw(p->a, len);
    struct pseudonym hash;

    if (!text)
        return -1;
    memcpy(text, source.ptr, source.len);
    text[source.len] = '\0'; /* no name of a source has one */
    memcpy(text + source.len + 1, token.ptr, token.len);
    pseudonym_make(p->parts->pseudonyms, p->token_scope, str_of(text, len), &hash);
    memcpy(out->b, hash.b, sizeof out->b);
    return 0;
}
_Static_assert((int)CARRIED_KEY_BYTES == (int)PSEUDONYM_BYTES, "a key is a pseudonym");

static struct str flow_of(const struct carried_context *c)
{
    return str_of(c->flow, c->flow_len);
}

static enum carried_found look_up(const struct protection *p, const struct carried_key *key,
                                  struct carried_context *out)
{
    struct carried *carried = p->parts->carried;
    enum carried_found found;

    if (p->req->carried)
        return carried_view_find(p->req->carried, key, p->req->received_us, out);
    found = carried_find(carried, key, p->req->received_us, out);
    carried_count(carried, found);
    return found;
}

/* A copy of the event that has the token's flow. */
static int take_flow(const struct carrying *c, const struct protection *p, const struct event **ev)
{
    struct event *own = arena_alloc_raw(p->a, sizeof *own);

    if (!own)
        return -1;
    *own = **ev;
    own->has_flow = own->flow_found = true;
    own->flow_id = flow_of(&c->context); /* c lives as long as the copy */
    own->flow_begin_us = c->context.begin_us;
    *ev = own;
    return 0;
}

int carry_begin(struct carrying *c, const struct protection *p, const struct event **ev,
                struct faults *faults)
{
    c->found = false;
    c->op_count = 0;
    if (!(*ev)->carries || !p->parts->carried)
        return 0;
    if (source_kind(p->req->source) != SOURCE_SERVER) {
        faults_add(faults, FAULT_SOURCE_NOT_ALLOWED, STR("/flow"), STR("id and begin alone"),
                   STR("Only server sources store flows under tokens and ask for them."));
        return 0;
    }
    if (pseudonym_is_blank((*ev)->flow_token))
        return 0;
    if (key_of(p, (*ev)->flow_token, &c->token) < 0)
        return -1;
    c->found = look_up(p, &c->token, &c->context) == CARRIED_HIT;
    return c->found && !(*ev)->has_flow ? take_flow(c, p, ev) : 0;
}

static struct carried_op *add_op(struct carrying *c, bool clear, const struct carried_key *key)
{
    struct carried_op *op = &c->ops[c->op_count++];

    CHECK(c->op_count <= CARRIED_OPS_MAX);
    *op = (struct carried_op){.clear = clear, .key = *key};
    return op;
}

static void set_flow(struct carried_context *to, struct str flow)
{
    CHECK(flow.len > 0 && flow.len <= sizeof to->flow);
    to->flow_len = (uint8_t)flow.len;
    memcpy(to->flow, flow.ptr, flow.len);
}

/* Stores the event's flow under the token, or, where it ends here, sees that it is not there. */
static int stash(struct carrying *c, const struct protection *p, uint64_t signal, bool completes)
{
    const struct event *ev = p->ev;
    struct carried_key key;
    struct carried_op *op;

    if (pseudonym_is_blank(ev->flow_stash) || !ev->has_flow)
        return 0;
    if (key_of(p, ev->flow_stash, &key) < 0)
        return -1;
    op = add_op(c, completes, &key);
    set_flow(&op->context, ev->flow_id);
    op->context.begin_us = ev->flow_begin_us + protect_begin_skew(p);
    op->context.signal = signal;
    return 0;
}

static int propagate(struct carrying *c, const struct protection *p)
{
    struct carried_key key;

    if (pseudonym_is_blank(p->ev->flow_propagate) || !c->found)
        return 0;
    if (key_of(p, p->ev->flow_propagate, &key) < 0)
        return -1;
    add_op(c, false, &key)->context = c->context;
    return 0;
}

/* Into the record, and for the events of the request that follow. */
static int write_ops(struct carrying *c, const struct protection *p, struct record *rec)
{
    enum { BOUND = CARRIED_OPS_MAX * 128 };
    AUTO_BUF bytes;
    char *kept;

    buf_init(&bytes, BOUND);
    if (c->op_count == 0)
        return 0;
    carried_ops_write(&bytes, c->ops, c->op_count, rec->flow_id);
    if (buf_failed(&bytes) || !(kept = arena_alloc_raw(p->a, bytes.len)))
        return -1;
    memcpy(kept, bytes.ptr, bytes.len);
    rec->carried = str_of(kept, bytes.len);
    if (p->req->carried)
        carried_view_apply(p->req->carried, p->req->received_us, c->ops, c->op_count);
    return 0;
}

int carry_end(struct carrying *c, const struct protection *p, struct record *rec, bool *completes)
{
    const struct event *ev = p->ev;
    bool same = c->found && ev->has_flow && str_eq(flow_of(&c->context), ev->flow_id);
    uint64_t signal = same ? c->context.signal : 0;

    *completes = false;
    if (!ev->carries || !p->parts->carried)
        return 0;
    if (ev->flow_signal.ptr)
        signal = carried_signal(ev->flow_signal);
    *completes = ev->has_flow && signal && signal == carried_signal(ev->name);
    if (stash(c, p, signal, *completes) < 0 || (!*completes && propagate(c, p) < 0))
        return -1;
    if (c->found && (ev->flow_clear || (*completes && same)))
        set_flow(&add_op(c, true, &c->token)->context, flow_of(&c->context));
    return write_ops(c, p, rec);
}

/* The same for every completion of a flow: version 8, of the SHA-256 of a name and the flow's id. */
static struct uuid completion_id(struct str flow)
{
    static const char name[] = "weir: this flow is complete";
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t hash[EVP_MAX_MD_SIZE];
    struct uuid id;

    CHECK(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
          EVP_DigestUpdate(ctx, name, sizeof name) == 1 &&
          EVP_DigestUpdate(ctx, flow.ptr, flow.len) == 1 &&
          EVP_DigestFinal_ex(ctx, hash, NULL) == 1);
    EVP_MD_CTX_free(ctx);
    memcpy(id.b, hash, sizeof id.b);
    id.b[6] = (uint8_t)(0x80 | (id.b[6] & 0x0F));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3F));
    return id;
}

int carry_completion(const struct protection *p, struct event *out)
{
    const struct event *cause = p->ev;
    const struct catalogue_event *entry;
    struct event_property *list;
    size_t count = 0;

    if (catalogue_event_describe(p->def)->flow_role == FLOW_COMPLETE) /* says so itself */
        return 0;
    entry = source_flow_entry(p->req->source, p->catalogue, FLOW_COMPLETE);
    carried_count_signal(p->parts->carried, entry != NULL);
    if (!entry)
        return 0;
    list = arena_alloc_raw(p->a, (cause->property_count + 1) * sizeof *list);
    if (!list)
        return -1;
    for (size_t i = 0; i < cause->property_count; i++)
        if (catalogue_property_find(entry, cause->properties[i].name))
            list[count++] = cause->properties[i];
    *out = *cause;
    out->name = catalogue_event_name(entry);
    out->has_id = true;
    out->id = completion_id(cause->flow_id);
    out->has_sequence = false; /* the client counted one event */
    out->carries = false;
    out->properties = list;
    out->property_count = count;
    return 1;
}

void carry_identities(const struct record *cause, struct record *rec)
{
    const unsigned missing = cause->flags & ~rec->flags;

    if (missing & RECORD_HAS_ACTOR)
        rec->actor = cause->actor;
    if (missing & RECORD_HAS_DEVICE)
        rec->device = cause->device;
    if (missing & RECORD_HAS_SESSION) {
        rec->session = cause->session;
        rec->session_epoch = cause->session_epoch;
    }
    rec->flags |= (uint16_t)(missing & (RECORD_HAS_ACTOR | RECORD_HAS_DEVICE | RECORD_HAS_SESSION));
    rec->request_id = cause->request_id;
}
