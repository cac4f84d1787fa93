/* SPDX-License-Identifier: Apache-2.0 */
/* sensitive.c: knows names that usually hold a secret or personal data.
 *
 * A name is taken apart into words (user_email, userEmail, user-email, USER_EMAIL); it is sensitive
 * when a word, or two or three in a row, are in the list, unless its last word says that the value
 * only tells about such a thing (email_count). It is a net for mistakes, not a proof. */
#include "base/mem.h"
#include "catalogue/catalogue.h"

enum { WORDS_MAX = 8, TEXT_MAX = 64 };

static const char *const sensitive[] = {
    /* secrets */
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "apikey",
    "api_key",
    "private_key",
    "access_key",
    "secret_key",
    "cookie",
    "cookies",
    "authorization",
    "jwt",
    "otp",
    "pin",
    "cvv",
    "cvc",
    "iban",
    "ssn",
    "card_number",
    "credit_card",
    "account_number",
    "bank_account",
    "social_security",
    "session_key",
    /* persons and their addresses */
    "email",
    "emails",
    "e_mail",
    "mail",
    "mail_address",
    "phone",
    "telephone",
    "msisdn",
    "mobile_number",
    "fax",
    "ip",
    "ips",
    "ip_address",
    "ipaddress",
    "ipv4",
    "ipv6",
    "mac_address",
    "user_agent",
    "useragent",
    "imei",
    "idfa",
    "gaid",
    "username",
    "user_name",
    "first_name",
    "firstname",
    "last_name",
    "lastname",
    "full_name",
    "fullname",
    "surname",
    "given_name",
    "family_name",
    "maiden_name",
    "birthday",
    "birthdate",
    "birth_date",
    "date_of_birth",
    "dob",
    "passport",
    "national_id",
    "tax_id",
    "driving_licence",
    "driver_license",
    "street",
    "address",
    "postcode",
    "post_code",
    "postal_code",
    "zip_code",
    "zipcode",
    "latitude",
    "longitude",
    "lat",
    "lng",
    "gps",
    "geolocation",
    "fingerprint",
};

static const char *const harmless_ends[] = {
    "count",    "length",  "size",     "type",     "kind",  "status",   "version",  "format",
    "template", "enabled", "required", "verified", "limit", "strength", "provider",
};

/* Writes the words with one '_' between them, in small letters, and where each begins. */
static size_t split_words(struct str name, char *text, size_t *starts)
{
    size_t len = 0, words = 0;
    bool between = true;

    for (size_t i = 0; i < name.len && len + 2 < TEXT_MAX && words < WORDS_MAX; i++) {
        char c = name.ptr[i], low = ascii_lower(c);
        bool letter = low >= 'a' && low <= 'z', digit = c >= '0' && c <= '9';
        bool capital = letter && c != low;
        bool after_small = i > 0 && name.ptr[i - 1] >= 'a' && name.ptr[i - 1] <= 'z';
        /* the R of "IPRange": a capital before a small letter ends a row of capitals */
        bool before_small = i > 0 && i + 1 < name.len && name.ptr[i + 1] >= 'a' &&
                            name.ptr[i + 1] <= 'z' && name.ptr[i - 1] >= 'A' &&
                            name.ptr[i - 1] <= 'Z';

        if (!letter && !digit) {
            between = true;
            continue;
        }
        if (between || (capital && (after_small || before_small))) {
            if (len)
                text[len++] = '_';
            starts[words++] = len;
        }
        between = false;
        text[len++] = low;
    }
    starts[words] = len + 1;
    return words;
}

static bool is_listed(struct str word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(word, list[i]))
            return true;
    return false;
}

bool catalogue_name_is_sensitive(struct str property_name)
{
    char text[TEXT_MAX + 2];
    size_t starts[WORDS_MAX + 1];
    size_t words = split_words(property_name, text, starts);

    if (words == 0)
        return false;
    if (words > 1 &&
        is_listed(str_of(text + starts[words - 1], starts[words] - 1 - starts[words - 1]),
                  harmless_ends, ARRAY_LEN(harmless_ends)))
        return false;
    for (size_t from = 0; from < words; from++)
        for (size_t n = 1; n <= 3 && from + n <= words; n++)
            if (is_listed(str_of(text + starts[from], starts[from + n] - 1 - starts[from]),
                          sensitive, ARRAY_LEN(sensitive)))
                return true;
    return false;
}
