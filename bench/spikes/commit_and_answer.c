/* SPDX-License-Identifier: Apache-2.0 */
/* commit_and_answer.c: three ways to hold an HTTP answer back until its record is on disk.
 *
 *   commit_and_answer suspend PORT FILE   MHD's own epoll threads; each request is handed to one commit
 *                                         thread, suspended, and resumed after fdatasync
 *   commit_and_answer round   PORT FILE   a loop per core; the requests of one pass are committed
 *                                         together by one commit thread while the loop waits
 *   commit_and_answer own     PORT FILE   the same, but each loop calls fdatasync itself
 *
 * The journal is an append to FILE and nothing else, so that the difference is the edge's. Made for
 * docs/decisions/0004-commit-and-answer.md; not part of the collector. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum { THREADS = 2, REQUESTS_MAX = 4096, BODY_MAX = 4096, GATHER_PASSES = 4 };
enum mode { SUSPEND, ROUND, OWN };

struct edge;

struct request {
    struct MHD_Connection *connection;
    struct request *next;
    struct edge *edge;
    size_t len;
    bool handed, done;
    char body[BODY_MAX];
};

struct edge {
    struct MHD_Daemon *daemon;
    struct request *gathered; /* this pass's */
    struct request *free;
    sem_t committed;
    struct edge *next; /* in the commit thread's list */
};

static enum mode mode;
static int journal_fd;
static struct edge edges[THREADS];
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static struct request *queued; /* SUSPEND; guarded by mtx */
static struct edge *waiting; /* ROUND; guarded by mtx */
static _Thread_local struct edge *self;
static _Thread_local struct request *spare;

static void write_list(struct request *list)
{
    struct iovec iov[1024];
    int count = 0;

    for (struct request *r = list; r && count < 1024; r = r->next)
        iov[count++] = (struct iovec){r->body, r->len};
    if (count > 0 && writev(journal_fd, iov, count) < 0)
        abort();
}

static void sync_journal(void)
{
    if (fdatasync(journal_fd) < 0)
        abort();
}

/* SUSPEND: all that is queued, one sync, then a resume for each. */
static void *commit_requests(void *arg)
{
    for (;;) {
        struct request *list;

        pthread_mutex_lock(&mtx);
        while (!queued)
            pthread_cond_wait(&wanted, &mtx);
        list = queued;
        queued = NULL;
        pthread_mutex_unlock(&mtx);
        write_list(list);
        sync_journal();
        for (struct request *r = list, *next; r; r = next) {
            next = r->next;
            r->done = true;
            MHD_resume_connection(r->connection);
        }
    }
    return arg;
}

/* ROUND: what the loops have gathered, one sync, one post for each loop. */
static void *commit_rounds(void *arg)
{
    for (;;) {
        struct edge *list;

        pthread_mutex_lock(&mtx);
        while (!waiting)
            pthread_cond_wait(&wanted, &mtx);
        list = waiting;
        waiting = NULL;
        pthread_mutex_unlock(&mtx);
        for (struct edge *e = list; e; e = e->next)
            write_list(e->gathered);
        sync_journal();
        for (struct edge *e = list, *next; e; e = next) {
            next = e->next;
            sem_post(&e->committed);
        }
    }
    return arg;
}

static void hand_over(struct request *r)
{
    r->handed = true;
    if (mode != SUSPEND) {
        r->next = self->gathered;
        self->gathered = r;
        return;
    }
    MHD_suspend_connection(r->connection);
    pthread_mutex_lock(&mtx);
    r->next = queued;
    queued = r;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&mtx);
}

static enum MHD_Result answer(struct request *r)
{
    static char text[] =
        "{\"received\":1,\"accepted\":1,\"duplicate\":0,\"quarantined\":0,\"refused\":0,"
        "\"events\":[{\"id\":\"019a1b2c-0000-7000-8000-000000000000\",\"verdict\":"
        "\"accepted\",\"position\":4200000}]}";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued_ok;

    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    queued_ok = MHD_queue_response(r->connection, 200, response);
    MHD_destroy_response(response);
    return queued_ok;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **state)
{
    struct request *r = *state;

    (void)cls, (void)url, (void)method, (void)version;
    if (!r) {
        r = spare ? spare : xmalloc(sizeof *r);
        spare = spare ? spare->next : NULL;
        r->connection = connection;
        r->len = 0;
        r->handed = r->done = false;
        *state = r;
        return MHD_YES;
    }
    if (*data_len > 0) {
        if (r->len + *data_len > BODY_MAX)
            return MHD_NO;
        memcpy(r->body + r->len, data, *data_len);
        r->len += *data_len;
        *data_len = 0;
        return MHD_YES;
    }
    if (r->done)
        return answer(r);
    if (!r->handed)
        hand_over(r);
    return MHD_YES;
}

static void completed(void *cls, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    struct request *r = *state;

    (void)cls, (void)connection, (void)code;
    if (r) {
        r->next = spare;
        spare = r;
    }
}

static void commit_pass(struct edge *e)
{
    if (mode == OWN) {
        write_list(e->gathered);
        sync_journal();
    } else {
        pthread_mutex_lock(&mtx);
        e->next = waiting;
        waiting = e;
        pthread_cond_signal(&wanted);
        pthread_mutex_unlock(&mtx);
        while (sem_wait(&e->committed) < 0 && errno == EINTR)
            ;
    }
    for (struct request *r = e->gathered; r; r = r->next)
        r->done = true;
    e->gathered = NULL;
}

static void *run_edge(void *arg)
{
    self = arg;
    for (;;) {
        MHD_run_wait(self->daemon, 1000);
        if (!self->gathered)
            continue;
        for (int pass = 0; pass < GATHER_PASSES; pass++) {
            struct request *before = self->gathered;

            MHD_run_wait(self->daemon, 0);
            if (self->gathered == before)
                break;
        }
        commit_pass(self);
        MHD_run_wait(self->daemon, 0); /* queues the answers */
        MHD_run_wait(self->daemon, 0); /* writes them */
    }
    return NULL;
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 512) < 0)
        abort();
    return fd;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    uint64_t port;

    if (argc != 4 || str_to_u64(str_from(argv[2]), &port) < 0)
        return 2;
    mode = str_is(str_from(argv[1]), "suspend") ? SUSPEND
           : str_is(str_from(argv[1]), "round") ? ROUND
                                                : OWN;
    signal(SIGPIPE, SIG_IGN);
    journal_fd = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (mode != OWN)
        pthread_create(&thread, NULL, mode == SUSPEND ? commit_requests : commit_rounds, NULL);
    if (mode == SUSPEND) {
        if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                                  MHD_USE_TURBO,
                              (uint16_t)port, NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET,
                              listen_on((uint16_t)port), MHD_OPTION_THREAD_POOL_SIZE, THREADS,
                              MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END))
            return 1;
        pause();
        return 0;
    }
    for (int i = 0; i < THREADS; i++) {
        sem_init(&edges[i].committed, 0, 0);
        edges[i].daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_USE_TURBO, (uint16_t)port, NULL, NULL, handle, NULL,
            MHD_OPTION_LISTEN_SOCKET, listen_on((uint16_t)port), MHD_OPTION_NOTIFY_COMPLETED,
            completed, NULL, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
        if (!edges[i].daemon)
            return 1;
        pthread_create(&thread, NULL, run_edge, &edges[i]);
    }
    pause();
    return 0;
}
