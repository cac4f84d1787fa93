/* SPDX-License-Identifier: Apache-2.0 */
/* bots.c: which expressions speak of programs that no person sits before.
 *
 * uap-core has no such class, only the device family "Spider", which knows crawlers but few tools.
 * The table below adds the expressions for crawlers, monitors, link previews, HTTP libraries,
 * command line tools and browsers under remote control, each known by a text in it that no other
 * expression has. A rule that fits no expression, or more than it says, ends the tool, so that a
 * new version of the file is looked at. CFNetwork stays out, being what an app on a Mac or an
 * iPhone says of itself; okhttp, the same on Android, is excepted where agents are read. */
#include <string.h>

#include "uap.h"

struct rule {
    const char *part;
    size_t fits;
};

static const struct rule rules[] = {
    /* crawlers, by name and by shape */
    {"ia_archiver", 1},
    {"[Bb]ot", 3},
    {"[Ss]pider", 3}, /* both also have [Bb]ot */
    {"[Ss][Pp][Ii][Dd][Ee][Rr]", 1},
    {"DataparkSearch", 1},
    {"MSIECrawler", 1},
    {"Pinterest(?:bot|)", 1},
    {"AspiegelBot", 2},
    {"Datanyze", 1},
    {"HTTrack", 1},
    {"(grab)", 1},
    /* link previews and fetchers of images */
    {"facebookexternalhit", 1},
    {"(Twitterbot)", 1},
    {"/web/snippet", 1},
    {"GoogleImageProxy", 1},
    {"YahooMailProxy", 1},
    /* monitors and scanners */
    {"Pingdom", 3},
    {"PTST", 1},
    {"NewRelicPinger", 1},
    {"StatusCake", 1},
    {"Rackspace Monitoring", 1},
    {"PRTG Network", 1},
    {"compatible; monitis", 1},
    {"OpenVAS", 1},
    {"ping-service", 1},
    /* libraries and tools */
    {"Apache-HttpClient", 1},
    {"libwww-perl", 1},
    {"Boto3?", 1},
    {"python-requests", 1},
    {"aiohttp)", 1},
    {"PyAMF", 1},
    {"-HTTPClient)", 1},
    {"Java-EurekaClient", 1},
    {"(Java)", 2},
    {"minio-go", 1},
    {"(ureq)", 1},
    {"http\\.rb", 1},
    {"GuzzleHttp", 1},
    {"go-cli", 1},
    {"(cf)\\/", 1},
    {"sap-leonardo", 1},
    {"SAP NetWeaver", 1},
    {"S3Gof3r", 1},
    {"ibm-cos-sdk", 1},
    {"(rusoto)", 1},
    {"(rclone)", 1},
    {"(Lavf)", 1},
    /* browsers under remote control */
    {"HeadlessChrome", 1},
    {"PhantomJS", 1},
};

static void mark_browsers(struct list *l)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        size_t fits = 0;

        for (size_t j = 0; j < l->count; j++)
            if (strstr(l->at[j].pattern, rules[i].part)) {
                l->at[j].bot = true;
                fits++;
            }
        if (fits != rules[i].fits)
            die("bots.c: %s fits %zu expressions and should fit %zu", rules[i].part, fits,
                rules[i].fits);
    }
}

void bots_mark(struct list lists[LISTS])
{
    struct list *devices = &lists[2];
    size_t spiders = 0;

    mark_browsers(&lists[0]);
    for (size_t i = 0; i < devices->count; i++) {
        struct expression *e = &devices->at[i];

        e->spider = e->replacement[0] && strcmp(e->replacement[0], "Spider") == 0;
        spiders += e->spider;
    }
    if (spiders == 0)
        die("bots.c: no device is a Spider");
}
