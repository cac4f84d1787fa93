/* SPDX-License-Identifier: Apache-2.0 */
/* client.h: the client, as the files behind weir.h share it.
 *
 * Locks, in their order: the list of clients (fork.c), a client's gate, its lock. The gate is held by
 * the sending thread whenever it works, not while it waits or calls on_error; only fork waits for it.
 * The lock is held for a few instructions. A trigger takes none of them. */
#ifndef WEIR_CLIENT_H
#define WEIR_CLIENT_H
#include <pthread.h>
#include <semaphore.h>

#include "batch.h"
#include "ring.h"
#include "spool.h"
#include "transfer.h"

enum weir_thread { WEIR_THREAD_NONE, WEIR_THREAD_STARTING, WEIR_THREAD_RUNS };

/* All are added to with __ATOMIC_RELAXED, from any thread. */
struct weir_counts {
    uint64_t triggered, recovered, accepted, duplicate, rejected, spooled, cut;
    uint64_t no_room, too_large, no_name, too_late; /* dropped */
    uint64_t requests, failed_requests;
};

/* Belongs to the sending thread. */
struct weir_sending {
    struct weir_batch batch, overflow, found; /* next, past a full queue, from the spool */
    struct weir_encoder encoder;
    struct weir_transfer *transfer,
        *abandoned; /* abandoned: the parent's, in the child of a fork */
    struct weir_spool spool;
    uint64_t told_dropped; /* of no_room + too_large + no_name + too_late */
    int64_t next_try_us, next_look_us; /* uptime; 0: at once */
    int64_t next_send_us; /* uptime: a batch that is not full waits until then */
    bool asked; /* the collector said when next_try_us is */
    unsigned attempt; /* how often in a row it failed */
    int told_status; /* what was told of this failing; -1: nothing */
    bool no_library, told_spool;
};

struct weir_client {
    struct weir_options options; /* the text is the client's own */
    char *url; /* of the events */
    struct weir_ring ring;
    struct weir_counts counts;
    uint64_t entered, taken; /* atomic: events that came into the ring, and that left it */
    unsigned thread_state, asleep; /* atomic */
    int64_t start_again_us; /* atomic; uptime: no thread is tried before; 0: one may be */
    sem_t wake;
    pthread_t thread;
    pthread_mutex_t gate;
    struct weir_sending *sending;
    struct weir_recording *recording; /* with the option `test` */

    pthread_mutex_t lock;
    pthread_cond_t settled_more;
    /* guarded by lock */
    uint64_t settled; /* up to this position of the ring, everything is answered for */
    uint64_t flush_to, flushes; /* somebody waits for it; how often somebody began to */
    int64_t flush_until_us; /* uptime: the last deadline of these */
    char last_error[200];
    bool closing;
    int64_t close_us; /* uptime: the deadline */

    struct weir_client *next; /* guarded by the list's lock */
};

static inline void weir_count(uint64_t *counter, uint64_t more)
{
    __atomic_fetch_add(counter, more, __ATOMIC_RELAXED);
}

static inline uint64_t weir_counted(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* worker.c */
/* Starts the thread unless it runs. */
void weir_worker_start(struct weir_client *c);
void weir_worker_wake(struct weir_client *c);
/* Waits for the thread after `closing` was set; without one, does what it does last. */
void weir_worker_end(struct weir_client *c);
/* What is left goes to the disk or is counted as lost. */
void weir_worker_leave(struct weir_client *c);
/* So many events of the file that is being sent are done with. */
void weir_worker_unspool(struct weir_client *c, uint64_t events);
struct weir_sending *weir_sending_new(const struct weir_options *options);
void weir_sending_free(struct weir_sending *s);
/* For a while without the gate; true where the request under way must end. */
bool weir_worker_time_is_up(struct weir_client *c);

/* deliver.c */
enum weir_outcome { WEIR_DELIVERED, WEIR_LATER, WEIR_DENIED };
/* Sends the events of the batch; leaves in it what is to be sent again. `later_ms`: when the collector wants
 * that; or -1. */
enum weir_outcome weir_deliver(struct weir_client *c, struct weir_batch *b, int64_t *later_ms);

/* trouble.c: the last error, and on_error, without the gate. */
void weir_trouble(struct weir_client *c, const struct weir_problem *problem);
void weir_trouble_text(struct weir_client *c, enum weir_trouble trouble, int status, uint64_t count,
                       const char *message);

/* fork.c */
/* Has the sending threads stop between two steps when the process exits, before what libcurl uses is
 * torn down under them: to be called once that is set up. */
void weir_exit_watch(void);
bool weir_exiting(void);
void weir_fork_watch(struct weir_client *c);
void weir_fork_forget(struct weir_client *c);
/* client.c: what threads wait at; also anew, in the child of a fork. */
int weir_client_init_waiting(struct weir_client *c);

/* trigger.c: what all triggers come to. `context` may be NULL. */
bool weir_queue(struct weir_client *c, const char *name, const struct weir_blob *context,
                bool narrow, const struct weir_blob *more, const struct weir_value *values);
/* request.c */
const struct weir_blob *weir_request_context(const struct weir_client *c);
bool weir_suppressed(void);

/* recording.c: the option `test`. */
struct weir_recording *weir_recording_new(const struct weir_options *options);
void weir_recording_free(struct weir_recording *r);
bool weir_recording_add(struct weir_client *c, const void *record, size_t size);
/* Around a fork; NULL is fine. */
void weir_recording_lock(struct weir_recording *r);
void weir_recording_unlock(struct weir_recording *r);

#endif
