/* SPDX-License-Identifier: Apache-2.0 */
/* embed.c: turns files into a C source with a table of their bytes, while building.
 *
 *   embed OUT.c NAME=FILE...
 *
 * OUT.c defines `const struct embedded OUT_files[]` (src/base/embed.h), where OUT is the output's name
 * up to its first dot: one entry for each NAME in the order given, then one without a name. Bytes are
 * as in the file, with a NUL behind them that is not counted. Ends with 1 and a line on standard
 * error where a file cannot be read or OUT.c cannot be written. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *what, const char *path)
{
    fprintf(stderr, "embed: %s %s: %s\n", what, path, strerror(errno));
    return -1;
}

/* One character of a string literal: three octal digits cannot run into what follows. */
static void put_byte(FILE *out, int c)
{
    if (c == '"' || c == '\\')
        fprintf(out, "\\%c", c);
    else if (c >= ' ' && c < 127 && c != '?') /* ?? would begin a trigraph */
        fputc(c, out);
    else
        fprintf(out, "\\%03o", (unsigned)c);
}

static void put_text(FILE *out, const char *text, size_t len)
{
    fputc('"', out);
    for (size_t i = 0; i < len; i++)
        put_byte(out, (unsigned char)text[i]);
    fputc('"', out);
}

static int put_file(FILE *out, int index, const char *path, size_t *len)
{
    FILE *in = fopen(path, "rb");
    size_t column = 0;
    bool failed;
    int c;

    if (!in)
        return complain("open", path);
    *len = 0;
    fprintf(out, "static const char bytes_%d[] =\n    \"", index);
    while ((c = getc(in)) != EOF) {
        put_byte(out, c);
        ++*len;
        if (c == '\n' || ++column == 72) {
            fputs("\"\n    \"", out);
            column = 0;
        }
    }
    fputs("\";\n", out);
    failed = ferror(in);
    fclose(in);
    return failed ? complain("read", path) : 0;
}

static int put_table(FILE *out, const char *out_path, char **args, const size_t *lens, int count)
{
    const char *base = strrchr(out_path, '/');

    base = base ? base + 1 : out_path;
    fputs("const struct embedded ", out);
    for (const char *c = base; *c && *c != '.'; c++)
        fputc(isalnum((unsigned char)*c) ? *c : '_', out);
    fputs("_files[] = {\n", out);
    for (int i = 0; i < count; i++) {
        size_t name_len = strcspn(args[i], "=");

        fputs("    {{", out);
        put_text(out, args[i], name_len);
        fprintf(out, ", %zu}, {bytes_%d, %zu}},\n", name_len, i, lens[i]);
    }
    fputs("    {{NULL, 0}, {NULL, 0}},\n};\n", out);
    return 0;
}

int main(int argc, char **argv)
{
    int count = argc - 2, status = 0;
    size_t *lens;
    FILE *out;

    if (argc < 2) {
        fputs("usage: embed OUT.c NAME=FILE...\n", stderr);
        return 2;
    }
    lens = calloc((size_t)count + 1, sizeof *lens);
    out = lens ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        complain("open", argv[1]);
        free(lens);
        return 1;
    }
    fputs("/* made by tools/embed.c */\n#include \"base/embed.h\"\n\n", out);
    for (int i = 0; i < count && status == 0; i++) {
        const char *equals = strchr(argv[i + 2], '=');

        if (!equals || equals == argv[i + 2]) {
            fprintf(stderr, "embed: %s is not NAME=FILE\n", argv[i + 2]);
            status = -1;
        } else {
            status = put_file(out, i, equals + 1, &lens[i]);
        }
    }
    if (status == 0)
        put_table(out, argv[1], argv + 2, lens, count);
    if (ferror(out) | (fclose(out) != 0))
        status = complain("write", argv[1]);
    free(lens);
    if (status < 0)
        remove(argv[1]);
    return status < 0;
}
