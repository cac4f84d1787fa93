/* SPDX-License-Identifier: Apache-2.0 */
/* The spool's files, and the collector's answers: what is damaged, torn, shared, or no JSON. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "spool.h"
#include "unit.h"

static char folder[64];
static struct weir_batch batch, found;
static struct weir_spool spool;
static char why[512];

static int begin(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/weir-spool-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    weir_id_seed();
    weir_spool_init(&spool, folder, 1024 * 1024);
    return weir_batch_init(&batch, 100) < 0 || weir_batch_init(&found, 100) < 0 ? -1 : 0;
}

/* Calls `each` for every file of the folder; how many there are. */
static int files(void (*each)(const char *path))
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[512];
    int count = 0;

    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (each)
            each(path);
    }
    closedir(dir);
    return count;
}

static void remove_file(const char *path)
{
    unlink(path);
}

static int end(void **state)
{
    weir_spool_release(&spool, false);
    files(remove_file);
    rmdir(folder);
    weir_batch_free(&batch);
    weir_batch_free(&found);
    return 0;
}

static void fill(int events)
{
    static struct weir_encoder encoder;
    unsigned char record[64], id[WEIR_ID_BYTES];

    weir_batch_clear(&batch);
    for (int i = 0; i < events; i++) {
        unsigned char *behind;

        weir_id_make(id, weir_now_us());
        behind = weir_write_head(record, id, 1700000000000000 + i, "event", 5);
        assert_true(weir_batch_add(&batch, &encoder, record, (size_t)(behind - record)));
    }
}

static void a_file_holds_what_was_written(void **state)
{
    struct stat st;

    fill(3);
    assert_int_equal(weir_spool_write(&spool, &batch, why, sizeof why), 0);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 1);
    assert_true(spool.own);
    assert_int_equal(found.count, 3);
    assert_int_equal(found.len, batch.len);
    assert_memory_equal(found.text, batch.text, batch.len);
    assert_int_equal(fstat(spool.claimed, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(weir_spool_release(&spool, true), 0);
    assert_int_equal(files(NULL), 0);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 0);
}

static void the_oldest_that_nobody_has_is_claimed(void **state)
{
    struct weir_spool other;
    char first[WEIR_SPOOL_NAME];

    fill(1);
    weir_spool_write(&spool, &batch, why, sizeof why);
    fill(2);
    weir_spool_write(&spool, &batch, why, sizeof why);
    weir_spool_init(&other, folder, 1024 * 1024);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 1);
    assert_int_equal(found.count, 1);
    memcpy(first, spool.name, sizeof first);
    assert_int_equal(weir_spool_claim(&other, &found, why, sizeof why), 1);
    assert_int_equal(found.count, 2);
    assert_false(other.own);
    assert_string_not_equal(other.name, first);
    assert_int_equal(weir_spool_release(&other, true), 0);
    assert_int_equal(weir_spool_claim(&other, &found, why, sizeof why), 0);
    assert_int_equal(weir_spool_release(&spool, false), 0); /* as when its process dies */
    assert_int_equal(weir_spool_claim(&other, &found, why, sizeof why), 1);
    assert_string_equal(other.name, first);
    assert_int_equal(weir_spool_release(&other, true), 0);
}

static void change_a_byte(const char *path)
{
    int fd = open(path, O_RDWR);
    char byte;

    assert_int_equal(pread(fd, &byte, 1, 60), 1);
    byte ^= 1; /* another one, whatever the time and chance had put there */
    assert_int_equal(pwrite(fd, &byte, 1, 60), 1);
    close(fd);
}

static void cut_in_half(const char *path)
{
    assert_int_equal(truncate(path, 40), 0);
}

static void empty(const char *path)
{
    assert_int_equal(truncate(path, 0), 0);
}

static void damage_is_set_aside_and_told(void **state)
{
    void (*const damage[])(const char *) = {change_a_byte, cut_in_half, empty};

    for (int i = 0; i < 3; i++) {
        fill(2);
        assert_int_equal(weir_spool_write(&spool, &batch, why, sizeof why), 0);
        files(damage[i]);
        assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), WEIR_SPOOL_DAMAGED);
        assert_non_null(strstr(why, "damaged"));
        assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 0);
        assert_int_equal(files(remove_file), 1); /* it is still there */
    }
}

#define OURS "1790000000000-0123456789abcdef-000000-1-"

static void only_files_of_this_kind_are_touched(void **state)
{
    static const char *const names[] = {"0-stranger.ndjson", "export.ndjson", "notes.tmp",
                                        "1790000000000-report.ndjson.tmp",
                                        "1790000000000-0123456789abcdef-000000-1.txt"};
    char path[192];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        close(open(path, O_WRONLY | O_CREAT, 0600));
    }
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(access(path, F_OK), 0);
    }
    snprintf(path, sizeof path, "%s/%s", folder, OURS "stranger.ndjson");
    close(open(path, O_WRONLY | O_CREAT, 0600));
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), WEIR_SPOOL_DAMAGED);
}

static void what_a_dead_writer_left_is_removed_and_a_living_ones_is_not(void **state)
{
    char dead[128], living[128];
    int fd;

    snprintf(dead, sizeof dead, "%s/" OURS "1.ndjson.tmp", folder);
    snprintf(living, sizeof living, "%s/" OURS "2.ndjson.tmp", folder);
    close(open(dead, O_WRONLY | O_CREAT, 0600));
    fd = open(living, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 0);
    assert_int_not_equal(access(dead, F_OK), 0);
    assert_int_equal(access(living, F_OK), 0);
    close(fd);
}

static void a_full_spool_says_so(void **state)
{
    struct weir_spool small;

    weir_spool_init(&small, folder, 1000);
    fill(3);
    assert_int_equal(weir_spool_write(&small, &batch, why, sizeof why), 0);
    fill(10);
    assert_int_equal(weir_spool_write(&small, &batch, why, sizeof why), -1);
    assert_non_null(strstr(why, "is full"));
    assert_int_equal(files(NULL), 1);
}

static void a_folder_that_cannot_be_made_says_why(void **state)
{
    struct weir_spool nowhere;

    weir_spool_init(&nowhere, "/proc/no/such/folder", 1000);
    fill(1);
    assert_int_equal(weir_spool_write(&nowhere, &batch, why, sizeof why), -1);
    assert_non_null(strstr(why, "/proc/no/such/folder"));
    assert_int_equal(weir_spool_claim(&nowhere, &found, why, sizeof why), 0);
}

static void a_fork_gets_a_tag_of_its_own(void **state)
{
    char tag[17];

    fill(1);
    weir_spool_write(&spool, &batch, why, sizeof why);
    assert_int_equal(weir_spool_claim(&spool, &found, why, sizeof why), 1);
    memcpy(tag, spool.tag, sizeof tag);
    weir_spool_forked(&spool);
    assert_int_equal(spool.claimed, -1);
    assert_string_not_equal(spool.tag, tag);
}

static void a_batch_is_stamped_and_compacted(void **state)
{
    const char *part;
    size_t len;

    fill(5);
    weir_batch_stamp(&batch, 0, 5, 1234567890123);
    batch.done[0] = batch.done[2] = batch.done[4] = true;
    weir_batch_compact(&batch);
    assert_int_equal(batch.count, 2);
    part = weir_batch_part(&batch, 1, 1, &len);
    assert_memory_equal(part, "{\"sent_at\":1234567890123,\"id\":", 30);
    assert_int_equal(part[len - 1], '\n');
    assert_non_null(strstr(part, "2023-11-14T22:13:20.000003Z"));
}

static struct weir_span span(const char *text)
{
    return weir_json_value(text, strlen(text));
}

static void assert_member(const char *json, const char *name, const char *expected)
{
    struct weir_span value = weir_json_member(span(json), name, strlen(name));
    char text[64];

    weir_json_text(value, text, sizeof text);
    assert_string_equal(text, expected);
}

static void members_and_items_are_found(void **state)
{
    const char *at = NULL;
    struct weir_span list = span(" [ 1 , {\"a\":[2]} , \"]\" ] ");

    assert_member("{\"a\":{\"b\":1},\"b\":\"x\\u00e9\\ud83c\\udf0a\\n\\\"\"}", "b",
                  "x\xc3\xa9\xf0\x9f\x8c\x8a\n\"");
    assert_member("{ \"a\\u0062\" : true }", "ab", "true");
    assert_member("{\"a\":1}", "b", "");
    assert_int_equal(weir_json_item(list, &at).len, 1);
    assert_int_equal(weir_json_item(list, &at).len, 9);
    assert_int_equal(weir_json_item(list, &at).len, 3);
    assert_null(weir_json_item(list, &at).ptr);
}

static void what_is_no_json_yields_nothing(void **state)
{
    static const char *const wrong[] = {"",        "{",         "{\"a\"",   "{\"a\":", "{\"a\":}",
                                        "{\"a\"}", "{\"a\":1",  "[1,2",     "<html>",  "\"\\",
                                        "{a:1}",   "{\"a\":]}", "{\"\\u00", "\0\0"};
    char deep[400];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *at = NULL;

        assert_null(weir_json_member(span(wrong[i]), "a", 1).ptr);
        assert_null(weir_json_item(span(wrong[i]), &at).ptr);
    }
    memset(deep, '[', sizeof deep);
    assert_null(weir_json_value(deep, sizeof deep).ptr);
}

/* Under the address sanitizer: no byte behind the end is read, wherever the text ends. */
static void every_beginning_of_an_answer_is_safe(void **state)
{
    static const char answer[] = "{\"received\":1,\"events\":[{\"id\":\"\\u00e9\",\"verdict\":"
                                 "\"quarantined\",\"errors\":[{\"code\":\"c\"}]}]}";

    for (size_t len = 0; len < sizeof answer; len++) {
        char *copy = malloc(len ? len : 1), text[64];
        const char *at = NULL;
        struct weir_span events;

        memcpy(copy, answer, len);
        events = weir_json_member(weir_json_value(copy, len), "events", 6);
        weir_json_text(weir_json_item(events, &at), text, sizeof text);
        assert_true((events.ptr != NULL) == (len >= sizeof answer - 1));
        free(copy);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_holds_what_was_written),
        TEST(the_oldest_that_nobody_has_is_claimed),
        TEST(damage_is_set_aside_and_told),
        TEST(only_files_of_this_kind_are_touched),
        TEST(what_a_dead_writer_left_is_removed_and_a_living_ones_is_not),
        TEST(a_full_spool_says_so),
        TEST(a_folder_that_cannot_be_made_says_why),
        TEST(a_fork_gets_a_tag_of_its_own),
        TEST(a_batch_is_stamped_and_compacted),
        cmocka_unit_test(members_and_items_are_found),
        cmocka_unit_test(what_is_no_json_yields_nothing),
        cmocka_unit_test(every_beginning_of_an_answer_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
