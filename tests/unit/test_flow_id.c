/* SPDX-License-Identifier: Apache-2.0 */
/* test_flow_id.c: the known ids, several keys, what is refused and the edges of a flow's age. */
#include "unit.h"

#include "base/mem.h"
#include "flow/flow_id.h"

#define BEGIN INT64_C(1451566800000)
#define HOUR INT64_C(3600000)

static const struct str known = STR("S3CR37");

static struct flow_keys *keys_of(const struct str *list, size_t count, bool user_agent)
{
    return flow_keys_new(&(struct flow_keys_opts){
        .keys = list, .count = count, .expiry_ms = 2 * HOUR, .user_agent = user_agent});
}

static enum flow_id_verdict verify(const struct flow_keys *k, const char *id, int64_t begin_ms)
{
    return flow_id_verify(k, str_from(id), begin_ms, STR("Firefox"));
}

static void the_known_ids_verify(void **state)
{
    struct flow_keys *k = keys_of(&known, 1, false);

    assert_int_equal(
        verify(k, "4d6f7a696c6c6146697265666f7821212a204a6d26b009b26b3116f643d84c6f", BEGIN),
        FLOW_ID_VALID);
    assert_int_equal(
        verify(k, "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f", BEGIN),
        FLOW_ID_VALID);
    assert_int_equal(
        verify(k, "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f", BEGIN + 1),
        FLOW_ID_BAD_SIGNATURE);
    assert_int_equal(
        verify(k, "4d6f7a696c6c6146697265666f78212106146f1d05e7ae215885a4e45b66ff1f", BEGIN),
        FLOW_ID_BAD_SIGNATURE);
    flow_keys_free(k);
}

static void ids_that_hold_the_user_agent_verify_where_the_keys_say_so(void **state)
{
    static const char *const ids[] = {
        "4d6f7a696c6c6146697265666f782121c89d56556d22039fbbf54d34e0baf206",
        "1234567890abcdef1234567890abcdefd4db0e957f93c7019f04c9cafccb31d7"};
    struct flow_keys *newer = keys_of(&known, 1, false), *both = keys_of(&known, 1, true);

    assert_true(flow_keys_take_user_agent(both) && !flow_keys_take_user_agent(newer));
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        assert_int_equal(verify(newer, ids[i], BEGIN), FLOW_ID_BAD_SIGNATURE);
        assert_int_equal(verify(both, ids[i], BEGIN), FLOW_ID_VALID);
        assert_int_equal(flow_id_verify(both, str_from(ids[i]), BEGIN, STR("Firefox/2")),
                         FLOW_ID_BAD_SIGNATURE);
        assert_int_equal(flow_id_verify(both, str_from(ids[i]), BEGIN, STR_NONE),
                         FLOW_ID_BAD_SIGNATURE);
    }
    /* The newer recipe goes on to verify, whatever the agent. */
    assert_int_equal(
        verify(both, "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f", BEGIN),
        FLOW_ID_VALID);
    flow_keys_free(newer);
    flow_keys_free(both);
}

static void what_is_minted_verifies_and_never_repeats(void **state)
{
    static const int64_t begins[] = {0, 1, 15, 16, BEGIN, INT64_MAX};
    struct flow_keys *k = keys_of(&known, 1, false);
    char id[FLOW_ID_LEN], other[FLOW_ID_LEN];

    for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
        flow_id_mint(k, begins[i], id);
        flow_id_mint(k, begins[i], other);
        assert_memory_not_equal(id, other, FLOW_ID_LEN / 2);
        assert_true(flow_id_is_one(str_of(id, FLOW_ID_LEN)));
        assert_int_equal(flow_id_verify(k, str_of(id, FLOW_ID_LEN), begins[i], STR_NONE),
                         FLOW_ID_VALID);
        assert_int_equal(flow_id_verify(k, str_of(id, FLOW_ID_LEN), begins[i] ^ 1, STR_NONE),
                         FLOW_ID_BAD_SIGNATURE);
    }
    flow_keys_free(k);
}

/* Rotation: the new key comes first, the old one stays until its ids have expired. */
static void all_keys_verify_and_the_first_mints(void **state)
{
    const struct str list[] = {STR("the newer key of two"), STR("the older key of two")};
    struct flow_keys *older = keys_of(&list[1], 1, false), *both = keys_of(list, 2, false);
    struct flow_keys *newer = keys_of(list, 1, false);
    char old_id[FLOW_ID_LEN], new_id[FLOW_ID_LEN];
    struct str old_text = str_of(old_id, FLOW_ID_LEN), new_text = str_of(new_id, FLOW_ID_LEN);

    flow_id_mint(older, BEGIN, old_id);
    flow_id_mint(both, BEGIN, new_id);
    assert_int_equal(flow_id_verify(both, old_text, BEGIN, STR_NONE), FLOW_ID_VALID);
    assert_int_equal(flow_id_verify(both, new_text, BEGIN, STR_NONE), FLOW_ID_VALID);
    assert_int_equal(flow_id_verify(newer, new_text, BEGIN, STR_NONE), FLOW_ID_VALID);
    assert_int_equal(flow_id_verify(newer, old_text, BEGIN, STR_NONE), FLOW_ID_BAD_SIGNATURE);
    assert_int_equal(flow_id_verify(older, new_text, BEGIN, STR_NONE), FLOW_ID_BAD_SIGNATURE);
    flow_keys_free(older);
    flow_keys_free(both);
    flow_keys_free(newer);
}

/* A key longer than a block of the hash is hashed first; made with: openssl dgst -sha256 -hmac. */
static void a_long_key_is_a_key(void **state)
{
    char text[100];
    const struct str key = str_of(text, sizeof text);
    struct flow_keys *k;

    memset(text, 'k', sizeof text);
    k = keys_of(&key, 1, false);
    assert_int_equal(
        verify(k, "1234567890abcdef1234567890abcdef58b5667c3c78644667cbcdd7acab0029", BEGIN),
        FLOW_ID_VALID);
    flow_keys_free(k);
}

static void what_is_no_id_is_invalid(void **state)
{
    static const char *const wrong[] = {
        "",
        "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1",
        "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f0",
        "1234567890ABCDEF1234567890ABCDEF06146F1D05E7AE215885A4E45B66FF1F",
        "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1g",
        "1234567890abcdef1234567890abcdef 6146f1d05e7ae215885a4e45b66ff1f",
        "none",
    };
    struct flow_keys *k = keys_of(&known, 1, true);

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_int_equal(verify(k, wrong[i], BEGIN), FLOW_ID_INVALID);
    assert_int_equal(flow_id_verify(k, STR_NONE, BEGIN, STR_NONE), FLOW_ID_INVALID);
    assert_int_equal(
        verify(k, "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f", -1),
        FLOW_ID_BAD_BEGIN);
    assert_int_equal(
        verify(k, "1234567890abcdef1234567890abcdef06146f1d05e7ae215885a4e45b66ff1f", INT64_MIN),
        FLOW_ID_BAD_BEGIN);
    flow_keys_free(k);
}

static void a_flow_is_good_from_its_begin_to_its_expiry(void **state)
{
    struct flow_keys *k = keys_of(&known, 1, false);

    assert_int_equal(flow_keys_expiry_ms(k), 2 * HOUR);
    assert_int_equal(flow_id_age(k, BEGIN, BEGIN), FLOW_ID_VALID);
    assert_int_equal(flow_id_age(k, BEGIN, BEGIN + 2 * HOUR), FLOW_ID_VALID);
    assert_int_equal(flow_id_age(k, BEGIN, BEGIN + 2 * HOUR + 1), FLOW_ID_EXPIRED);
    assert_int_equal(flow_id_age(k, BEGIN, BEGIN - 1), FLOW_ID_IN_FUTURE);
    assert_int_equal(flow_id_age(k, 0, INT64_MAX), FLOW_ID_EXPIRED);
    assert_int_equal(flow_id_age(k, INT64_MAX, INT64_MIN), FLOW_ID_IN_FUTURE);
    assert_int_equal(flow_id_age(k, 0, INT64_MIN), FLOW_ID_IN_FUTURE);
    flow_keys_free(k);
    flow_keys_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_ids_verify),
        cmocka_unit_test(ids_that_hold_the_user_agent_verify_where_the_keys_say_so),
        cmocka_unit_test(what_is_minted_verifies_and_never_repeats),
        cmocka_unit_test(all_keys_verify_and_the_first_mints),
        cmocka_unit_test(a_long_key_is_a_key),
        cmocka_unit_test(what_is_no_id_is_invalid),
        cmocka_unit_test(a_flow_is_good_from_its_begin_to_its_expiry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
