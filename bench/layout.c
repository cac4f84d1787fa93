/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c: measures ways to keep events in DuckDB; docs/decisions/0002-store-layout.md has the results.
 *
 *     layout [name=value ...]      one case, one line of figures (--help lists the names)
 *     layout calls=1               what single calls of the C API cost
 *
 * Loads the same synthetic events by data chunks, checkpoints, and reports rows per second, CPU, bytes per
 * event, the time of three reports and of adding a property, and memory. Loading counts the process's CPU
 * time without that of making the events up. Each phase runs in a process of its own, so that its peak
 * memory is its own. Leaves the database file for a look if keep=1. */
#include "layout_calls.h"
#include "layout_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct bench {
    struct layout_opts load;
    long rows, tx, row_group, days, threads, columns, keep, query, calls;
    const char *db, *storage, *wal, *memory;
};

struct clock {
    double wall, cpu;
};

static struct clock now(void)
{
    struct timespec w, c;

    clock_gettime(CLOCK_MONOTONIC, &w);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c);
    return (struct clock){(double)w.tv_sec + (double)w.tv_nsec / 1e9,
                          (double)c.tv_sec + (double)c.tv_nsec / 1e9};
}

static void add_since(struct clock *sum, struct clock start)
{
    struct clock end = now();

    sum->wall += end.wall - start.wall;
    sum->cpu += end.cpu - start.cpu;
}

static double peak_mib(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

/* A line of /proc/self/status, in MiB. */
static double status_mib(const char *key)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");

    if (!f)
        die("/proc/self/status cannot be read");
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key)))
            kib = strtod(line + strlen(key) + 1, NULL);
    fclose(f);
    return kib / 1024;
}

static void set_config(duckdb_config config, const char *name, const char *value)
{
    if (duckdb_set_config(config, name, value) != DuckDBSuccess)
        die("DuckDB does not take %s=%s", name, value);
}

static void open_store(const struct bench *b, duckdb_database *db, duckdb_connection *con)
{
    duckdb_config config;
    char threads[24], *error = NULL;

    snprintf(threads, sizeof threads, "%ld", b->threads);
    duckdb_create_config(&config);
    set_config(config, "threads", threads);
    set_config(config, "memory_limit", b->memory);
    set_config(config, "autoinstall_known_extensions", "false");
    set_config(config, "autoload_known_extensions", "false");
    set_config(config, "wal_autocheckpoint", b->wal);
    if (strcmp(b->storage, "default") != 0)
        set_config(config, "storage_compatibility_version", b->storage);
    if (duckdb_open_ext(b->row_group ? NULL : b->db, db, config, &error) != DuckDBSuccess)
        die("open: %s", error);
    duckdb_destroy_config(&config);
    if (duckdb_connect(*db, con) != DuckDBSuccess)
        die("connect failed");
    if (!b->row_group)
        return;
    run_sql(*con, "ATTACH '%s' AS weir (STORAGE_VERSION '%s', ROW_GROUP_SIZE %ld)", b->db,
            b->storage, b->row_group);
    run_sql(*con, "USE weir");
}

static void close_store(duckdb_database *db, duckdb_connection *con)
{
    duckdb_disconnect(con);
    duckdb_close(db);
}

static struct clock load_rows(const struct bench *b, struct load *l, duckdb_connection con)
{
    struct ev_gen *g = ev_gen_new(42, b->rows, (int)b->days);
    struct ev *batch = calloc(EV_BATCH, sizeof *batch);
    struct clock sum = {0, 0}, start;
    long in_tx = 0;

    if (!g || !batch)
        die("out of memory");
    for (long done = 0; done < b->rows;) {
        long room = b->tx - in_tx;
        int n = (int)(b->rows - done < EV_BATCH ? b->rows - done : EV_BATCH);

        n = room < n ? (int)room : n;
        ev_gen_batch(g, batch, n);
        load_prepare(l, batch, n);
        start = now();
        if (!in_tx)
            run_sql(con, "BEGIN");
        load_add(l, batch, n);
        done += n;
        in_tx += n;
        if (in_tx == b->tx || done == b->rows) {
            load_flush(l);
            run_sql(con, "COMMIT");
            in_tx = 0;
        }
        add_since(&sum, start);
    }
    free(batch);
    ev_gen_free(g);
    return sum;
}

static void load_phase(const struct bench *b)
{
    duckdb_database db;
    duckdb_connection con;
    struct load *l;
    struct clock sum, start, check = {0, 0};
    struct stat st;
    double peak, resident;

    unlink(b->db);
    open_store(b, &db, &con);
    schema_create(con, &b->load);
    l = load_new(con, &b->load);
    sum = load_rows(b, l, con);
    load_free(l);
    start = now();
    run_sql(con, "CHECKPOINT");
    add_since(&check, start);
    peak = peak_mib();
    resident = status_mib("VmRSS");
    run_sql(con, "SET memory_limit = '16MiB'"); /* makes DuckDB give back the blocks it keeps */
    close_store(&db, &con);
    if (stat(b->db, &st) < 0)
        die("%s is missing", b->db);
    printf("load: %.0f rows/s wall, %.0f rows/s of CPU, %.2f CPU s per million, last checkpoint "
           "%.2f s, peak %.0f MiB, resident then %.0f MiB, without its cache %.0f MiB, "
           "file %.1f bytes/event\n",
           (double)b->rows / sum.wall, (double)b->rows / sum.cpu, sum.cpu / (double)b->rows * 1e6,
           check.wall, peak, resident, status_mib("VmRSS"), (double)st.st_size / (double)b->rows);
}

static void print_rows(duckdb_connection con, const char *sql)
{
    duckdb_result r;

    if (duckdb_query(con, sql, &r) != DuckDBSuccess)
        die("%s: %s", sql, duckdb_result_error(&r));
    for (idx_t i = 0; i < duckdb_row_count(&r); i++) {
        for (idx_t c = 0; c < duckdb_column_count(&r); c++) {
            char *v = duckdb_value_varchar(&r, c, i);

            printf("%s%-16s", c ? " " : "  ", v ? v : "-");
            duckdb_free(v);
        }
        printf("\n");
    }
    duckdb_destroy_result(&r);
}

/* A segment owns its block up to the next segment's start: several may share one. */
static void print_columns(const struct bench *b, duckdb_connection con)
{
    static char sql[16384];
    size_t at = 0;

    at += (size_t)snprintf(sql, sizeof sql, "CREATE TEMP TABLE seg AS ");
    for (int i = 0; i < (b->load.layout == LAYOUT_TABLES ? EV_NAMES : 1); i++) {
        char name[24] = "events";

        if (b->load.layout == LAYOUT_TABLES)
            snprintf(name, sizeof name, "events_%d", i);
        at +=
            (size_t)snprintf(sql + at, sizeof sql - at, "%sSELECT * FROM pragma_storage_info('%s')",
                             i ? " UNION ALL " : "", name);
    }
    run_sql(con, "%s", sql);
    run_sql(con, "CREATE TEMP TABLE cost AS SELECT *, "
                 "coalesce(lead(block_offset) OVER (PARTITION BY block_id ORDER BY block_offset), "
                 "262144) - block_offset "
                 "+ 262144 * len(additional_block_ids) AS bytes FROM (SELECT DISTINCT ON "
                 "(block_id, block_offset, "
                 "CASE WHEN block_id < 0 THEN column_path || row_group_id END) * FROM seg WHERE "
                 "persistent AND block_id >= 0)");
    printf("columns: bytes per event, share of values, codecs\n");
    snprintf(sql, sizeof sql,
             "SELECT column_name, printf('%%.3f', sum(bytes) / %ld.0) AS per_event, "
             "printf('%%.3f', sum(bytes) FILTER (segment_type = 'VALIDITY') / %ld.0) AS validity, "
             "string_agg(DISTINCT compression, ' ') FROM cost GROUP BY ALL ORDER BY sum(bytes) "
             "DESC LIMIT %ld",
             b->rows, b->rows, b->columns);
    print_rows(con, sql);
    snprintf(sql, sizeof sql,
             "SELECT CASE WHEN column_name LIKE 'prop%%' THEN 'properties' ELSE 'fixed' END, "
             "printf('%%.2f', sum(bytes) / %ld.0), printf('%%.2f', sum(bytes) FILTER (segment_type "
             "= 'VALIDITY') / %ld.0), "
             "count(*) FROM cost GROUP BY 1",
             b->rows, b->rows);
    print_rows(con, sql);
    print_rows(
        con,
        "SELECT 'blocks', block_size, used_blocks, free_blocks FROM pragma_database_size() WHERE "
        "database_name = current_database()");
}

static int by_wall(const void *a, const void *b)
{
    const struct clock *x = a, *y = b;

    return (x->wall > y->wall) - (x->wall < y->wall);
}

static void time_query(const struct bench *b, duckdb_connection con, enum schema_query what,
                       const char *label)
{
    static char sql[16384];
    struct clock took[9] = {{0, 0}};
    duckdb_result r;
    idx_t rows = 0;
    int runs = what == QUERY_ADD_COLUMN ? 1 : 5;

    schema_query(&b->load, what, sql, sizeof sql);
    for (int i = 0; i < runs; i++) {
        struct clock start = now();

        if (duckdb_query(con, sql, &r) != DuckDBSuccess) {
            printf("%s: %.120s\n", label, duckdb_result_error(&r));
            duckdb_destroy_result(&r);
            return;
        }
        add_since(&took[i], start);
        rows = duckdb_row_count(&r);
        duckdb_destroy_result(&r);
    }
    qsort(took, (size_t)runs, sizeof took[0], by_wall);
    printf("%s: %.4f s wall, %.4f s CPU, %" PRIu64 " rows\n", label, took[runs / 2].wall,
           took[runs / 2].cpu, (uint64_t)rows);
}

static void query_phase(const struct bench *base)
{
    struct bench b = *base;
    duckdb_database db;
    duckdb_connection con;
    struct clock start, check = {0, 0};

    b.threads = 2;
    open_store(&b, &db, &con);
    if (b.columns)
        print_columns(&b, con);
    if (b.query) {
        time_query(&b, con, QUERY_NAMES, "names");
        if (!b.load.no_props) {
            time_query(&b, con, QUERY_BREAKDOWN, "breakdown");
            time_query(&b, con, QUERY_BREAKDOWN_OF_NAME, "breakdown of one name");
            time_query(&b, con, QUERY_ADD_COLUMN, "add a property");
            start = now();
            run_sql(con, "CHECKPOINT");
            add_since(&check, start);
            printf("checkpoint after it: %.3f s, %.3f s CPU\n", check.wall, check.cpu);
        }
        printf("queries' peak: %.0f MiB\n", peak_mib());
    }
    close_store(&db, &con);
}

static void idle_phase(const struct bench *base)
{
    struct bench b = *base;
    duckdb_database db;
    duckdb_connection con;

    b.threads = 2;
    printf("idle: linked only: %.1f MiB resident, %.1f anonymous;", status_mib("VmRSS"),
           status_mib("RssAnon"));
    open_store(&b, &db, &con);
    run_sql(con, "SELECT 1");
    printf(" database open: %.1f MiB resident, %.1f anonymous\n", status_mib("VmRSS"),
           status_mib("RssAnon"));
    close_store(&db, &con);
}

static void calls_phase(const struct bench *b)
{
    struct bench memory = *b;
    duckdb_database db;
    duckdb_connection con;

    memory.db = ":memory:";
    open_store(&memory, &db, &con);
    time_calls(con);
    close_store(&db, &con);
}

static void in_child(void (*phase)(const struct bench *), const struct bench *b)
{
    int status;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid < 0)
        die("fork failed");
    if (pid == 0) {
        phase(b);
        fflush(stdout);
        _exit(0);
    }
    if (waitpid(pid, &status, 0) < 0 || status != 0)
        die("the phase ended with status %d (signal %d)", status >> 8, status & 127);
}

static int pick(const char *value, const char *const *names, const char *option)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(value, names[i]))
            return i;
    die("%s: no such value %s", option, value);
}

static void parse_option(struct bench *b, const char *arg)
{
    static const char *const layouts[] = {"wide", "shared", "struct", "tables",
                                          "json", "map",    NULL};
    static const char *const ids[] = {"uuid", "uhugeint", "blob", "hex", NULL};
    static const char *const fills[] = {"direct", "assign", "unsafe", NULL};
    static const char *const bools[] = {"0", "1", NULL};
    const struct {
        const char *name;
        long *number;
        const char **text;
    } options[] = {{"rows", &b->rows, NULL},           {"tx", &b->tx, NULL},
                   {"row_group", &b->row_group, NULL}, {"days", &b->days, NULL},
                   {"threads", &b->threads, NULL},     {"columns", &b->columns, NULL},
                   {"calls", &b->calls, NULL},         {"keep", &b->keep, NULL},
                   {"query", &b->query, NULL},         {"db", NULL, &b->db},
                   {"storage", NULL, &b->storage},     {"wal", NULL, &b->wal},
                   {"memory", NULL, &b->memory},       {"codec", NULL, &b->load.codec}};
    const char *eq = strchr(arg, '=');
    size_t len = eq ? (size_t)(eq - arg) : 0;

    for (size_t i = 0; eq && i < sizeof options / sizeof options[0]; i++)
        if (strlen(options[i].name) == len && !strncmp(arg, options[i].name, len)) {
            if (options[i].number)
                *options[i].number = strtol(eq + 1, NULL, 10);
            else
                *options[i].text = eq + 1;
            return;
        }
    if (eq && !strncmp(arg, "layout=", 7))
        b->load.layout = (enum layout)pick(eq + 1, layouts, arg);
    else if (eq && !strncmp(arg, "ids=", 4))
        b->load.id_type = (enum id_type)pick(eq + 1, ids, arg);
    else if (eq && !strncmp(arg, "keys=", 5))
        b->load.key_type = (enum id_type)pick(eq + 1, ids, arg);
    else if (eq && !strncmp(arg, "fill=", 5))
        b->load.fill = (enum fill)pick(eq + 1, fills, arg);
    else if (eq && !strncmp(arg, "invalidate=", 11))
        b->load.invalidate = pick(eq + 1, bools, arg);
    else if (eq && !strncmp(arg, "new_chunks=", 11))
        b->load.new_chunks = pick(eq + 1, bools, arg);
    else if (eq && !strncmp(arg, "enums=", 6))
        b->load.enums = pick(eq + 1, bools, arg);
    else if (eq && !strncmp(arg, "own=", 4))
        b->load.own = pick(eq + 1, bools, arg);
    else if (eq && !strncmp(arg, "split=", 6))
        b->load.split = pick(eq + 1, bools, arg);
    else if (eq && !strncmp(arg, "no_props=", 9))
        b->load.no_props = pick(eq + 1, bools, arg);
    else
        die("usage: layout [rows=N] [tx=ROWS] [layout=wide|shared|struct|tables|json|map] "
            "[ids=uuid|uhugeint|blob|hex]\n"
            "  [keys=uuid|uhugeint|blob|hex] [storage=VERSION|default] [row_group=N] [codec=NAME] "
            "[threads=N]\n"
            "  [memory=SIZE] [wal=SIZE] [fill=direct|assign|unsafe] [invalidate=1] [new_chunks=1] "
            "[no_props=1] [enums=1] [own=1] [split=1]\n"
            "  [days=N] [columns=N] [query=0] [calls=1] [keep=1] [db=FILE]");
}

int main(int argc, char **argv)
{
    struct bench b = {.load = {.layout = LAYOUT_SHARED, .key_type = IDS_HEX},
                      .rows = 1000000,
                      .tx = 122880,
                      .days = 30,
                      .threads = 1,
                      .query = 1,
                      .db = "layout.duckdb",
                      .storage = "latest",
                      .wal = "128MiB",
                      .memory = "1GiB"};

    for (int i = 1; i < argc; i++)
        parse_option(&b, argv[i]);
    if (b.calls) {
        in_child(calls_phase, &b);
        return 0;
    }
    in_child(idle_phase, &b);
    in_child(load_phase, &b);
    in_child(query_phase, &b);
    if (!b.keep)
        unlink(b.db);
    return 0;
}
