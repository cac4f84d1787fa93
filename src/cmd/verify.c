/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c: `weir verify`: reads the whole journal and names what does not verify. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/shown.h"
#include "journal/verify.h"

enum { DRAW_EVERY_US = 200000 };

struct report {
    bool json, terminal, drawn;
    uint64_t damages;
    int64_t began_us, drawn_us;
};

static void clear_progress(struct report *r)
{
    if (r->drawn)
        fputs("\r\033[K", stderr);
    r->drawn = false;
}

static void on_progress(void *ctx, uint64_t done, uint64_t all)
{
    struct report *r = ctx;
    int64_t now_us = clock_monotonic_us();

    if (!r->terminal || now_us - r->drawn_us < DRAW_EVERY_US)
        return;
    r->drawn_us = now_us;
    r->drawn = true;
    fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " MiB", done >> 20, all >> 20);
    fflush(stderr);
}

static void on_damage(void *ctx, const struct journal_damage *d)
{
    struct report *r = ctx;

    clear_progress(r);
    if (r->json) {
        printf("%s\n  {\"file\":\"%s\",\"offset\":%" PRIu64 ",\"bytes\":%" PRIu64
               ",\"first\":%" PRId64 ",\"last\":%" PRId64 ",\"what\":\"%s\"}",
               r->damages ? "," : "", d->file, d->offset, d->bytes, d->first, d->last, d->what);
    } else {
        printf("%s at byte %" PRIu64, d->file, d->offset);
        if (d->bytes)
            printf(", %" PRIu64 " byte%s", d->bytes, d->bytes == 1 ? "" : "s");
        printf(": %s", d->what);
        if (d->first && d->first == d->last)
            printf("; position %" PRId64 " is lost", d->first);
        else if (d->first)
            printf("; positions %" PRId64 " to %" PRId64 " are lost", d->first, d->last);
        putchar('\n');
    }
    r->damages++;
}

static void print_json(const struct journal_verified *v, double seconds)
{
    printf("%s],\n \"sound\":%s,\"records\":%" PRIu64 ",\"segments\":%" PRIu64
           ",\"compressed\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"first\":%" PRId64
           ",\"last\":%" PRId64 ",\"lost\":%" PRIu64 ",\"unpublished_bytes\":%" PRIu64
           ",\"seconds\":%.3f}\n",
           v->damaged ? "\n" : "", v->damaged ? "false" : "true", v->records, v->segments,
           v->compressed, v->bytes, v->first, v->last, v->lost, v->unpublished, seconds);
}

static void print_text(const struct journal_verified *v, double seconds)
{
    printf("%" PRIu64 " record%s", v->records, v->records == 1 ? "" : "s");
    if (v->last >= v->first && v->first)
        printf(" (positions %" PRId64 " to %" PRId64 ")", v->first, v->last);
    printf(" in %" PRIu64 " segment%s", v->segments, v->segments == 1 ? "" : "s");
    if (v->compressed)
        printf(", %" PRIu64 " of them compressed", v->compressed);
    printf(", %.1f MiB, %.2f s", (double)v->bytes / (1 << 20), seconds);
    if (seconds > 0)
        printf(", %.0f MiB/s", (double)v->bytes / (1 << 20) / seconds);
    putchar('\n');
    if (v->unpublished)
        printf("%" PRIu64 " bytes behind the last durable record: never acknowledged\n",
               v->unpublished);
    if (v->damaged)
        printf("DAMAGED: %" PRIu64 " place%s, %" PRIu64 " position%s lost\n", v->damaged,
               v->damaged == 1 ? "" : "s", v->lost, v->lost == 1 ? "" : "s");
    else
        printf("sound\n");
}

static int verify_folder(const struct command *self, const char *dir, bool json)
{
    struct report report = {
        .json = json, .terminal = isatty(STDERR_FILENO), .began_us = clock_monotonic_us()};
    struct journal_verify_opts opts = {.io = io_system(),
                                       .dir = dir,
                                       .on_damage = on_damage,
                                       .on_progress = on_progress,
                                       .ctx = &report};
    struct journal_verified verified;
    struct err err = {.text = ""};
    double seconds;
    int result;

    if (json)
        printf("{\"damage\":[");
    result = journal_verify(&opts, &verified, &err);
    clear_progress(&report);
    seconds = (double)(clock_monotonic_us() - report.began_us) / 1e6;
    if (json && result == 0)
        print_json(&verified, seconds);
    if (result < 0) {
        if (json) /* what was printed is JSON, also now */
            printf("],\"sound\":null}\n");
        failed(self, &err);
        return err.code == ERR_CORRUPT ? EXIT_WANTING : EXIT_FAILED;
    }
    if (!json)
        print_text(&verified, seconds);
    return verified.damaged ? EXIT_WANTING : EXIT_DONE;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *config = NULL, *dir = NULL, *format = "text";
    const struct option_spec options[] = {
        OPTION_CONFIG(config),
        {OPTION_TEXT, "journal", "FOLDER", "only this journal, without any settings", &dir},
        {OPTION_TEXT, "format", "text|json", "how to print (default: text)", &format},
        {OPTION_END, 0, 0, 0, 0}};
    int code = options_parse_alone(self, options, argc, argv);
    AUTO_FREE char *path = NULL;
    struct settings *settings;
    struct err err = {.text = ""};
    bool json = strcmp(format, "json") == 0;

    if (code >= 0)
        return code;
    if (!json && strcmp(format, "text") != 0)
        return misused(self, "--format is text or json, not `%s`", format);
    if (dir)
        return verify_folder(self, dir, json);
    if (load_settings(&settings, config, &err) < 0)
        return failed(self, &err);
    path = io_join(settings->data, "journal");
    settings_free(settings);
    return verify_folder(self, path, json);
}

const struct command command_verify = {
    .name = "verify",
    .summary = "reads the whole journal and names everything that does not verify",
    .arguments = "",
    .description = "Checks every segment, record, seal and compressed frame, and how they follow "
                   "one another.\nChanges nothing; the collector may run meanwhile. Exit code 0: "
                   "all is sound; 3: damage\nwas found; 1: something could not be read.\n\n"
                   "  weir verify\n"
                   "  weir verify --journal /backup/data/journal --format json",
    .run = run,
};
