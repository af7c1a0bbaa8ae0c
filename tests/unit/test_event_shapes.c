/* Every producer's shape: a fixture of tests/fixtures/events and the whole article expected of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/event.h"
#include "articles/event_time.h"
#include "base/alloc.h"
#include "base/instant.h"

#define APPEND_MS INT64_C(1760011200000) /* 2025-10-09T12:00:00Z */

/* What is left out is absent in the article. Lists are joined by '|'. */
struct expected {
    const char *file;
    size_t index;
    enum article_event_kind kind;
    const char *url, *canonical_url, *producer_id, *title, *description, *body, *source, *source_name;
    const char *declared_language, *country, *image_url, *section, *attribution, *reprint_group,
        *article_kind;
    const char *authors, *tags, *published, *updated, *version;
    bool paywalled, published_is_day;
};

static const struct expected shapes[] = {
    {
        .file = "canonical.json",
        .index = 0,
        .url = "https://www.harbour-times.example/world/2025/10/09/ferry-link?utm_source=feed#top",
        .canonical_url = "https://harbour-times.example/world/2025/10/09/ferry-link",
        .producer_id = "harbour-desk-20251009-17",
        .title = "Ministers agree on a new ferry link",
        .description = "Two ports, one timetable.",
        .body = "The ministers of both countries signed the agreement on Thursday.\nFerries start in May & "
                "run daily.",
        .source = "harbour-times.example",
        .source_name = "The Harbour Times",
        .declared_language = "en",
        .country = "GB",
        .image_url = "https://img.harbour-times.example/ferry.jpg",
        .section = "world",
        .attribution = "AFP",
        .reprint_group = "group-77",
        .article_kind = "article",
        .authors = "Ada Quill|Ben Moor",
        .tags = "ferries|trade",
        .paywalled = true,
        .published = "2025-10-09T12:00:00Z",
        .updated = "2025-10-09T10:30:00Z",
        .version = "2025-10-09T10:30:00Z",
    },
    {
        .file = "news_please.json",
        .index = 0,
        .url = "https://www.valleypost.com/storm",
        .canonical_url = "https://valleypost.com/storm",
        .title = "Storm reaches the valley",
        .description = "Rain is expected until Sunday.",
        .body = "The storm reached the valley at dawn.\nSchools stay closed.",
        .source = "valleypost.com",
        .declared_language = "en",
        .image_url = "https://valleypost.com/img/storm.png",
        .authors = "Ada Quill",
        .published = "2025-10-09T11:30:00Z",
        .updated = "2025-10-09T11:45:00Z",
        .version = "2025-10-09T11:45:00Z",
    },
    {
        .file = "fundus.json",
        .index = 0,
        .url = "https://www.nordblatt.de/stadt/bruecke.html",
        .canonical_url = "https://nordblatt.de/stadt/bruecke.html",
        .title = "Stadt baut neue Brücke",
        .body = "Der Stadtrat stimmt zu.\nDie Brücke kostet zwölf Millionen Euro.\nBaubeginn\nIm März "
                "beginnen die Arbeiten.\nSie dauern ein Jahr.",
        .source = "nordblatt.de",
        .source_name = "Nordkurier Beispiel",
        .declared_language = "de",
        .authors = "Jana Feld|Ole Kern",
        .tags = "Verkehr|Stadtrat",
        .paywalled = true,
        .published = "2025-10-09T06:15:00Z",
        .version = "2025-10-09T06:15:00Z",
    },
    {
        .file = "newspaper4k.json",
        .index = 0,
        .url = "https://edition.lakesidenews.com/2025/10/09/vote.html",
        .canonical_url = "https://edition.lakesidenews.com/2025/10/09/vote.html",
        .title = "Council votes for longer library hours",
        .description = "Nine to four for longer hours.",
        .body = "The council voted nine to four.\nThe new hours begin in November.",
        .source = "lakesidenews.com",
        .source_name = "Lakeside News",
        .declared_language = "en",
        .image_url = "https://edition.lakesidenews.com/vote.jpg",
        .authors = "Cleo Marsh",
        .tags = "library|council",
        .published = "2025-10-09T07:00:00Z",
        .version = "2025-10-09T07:00:00Z",
    },
    {
        .file = "trafilatura.json",
        .index = 0,
        .url = "https://www.courrier-exemple.fr/ecole-rouvre",
        .canonical_url = "https://courrier-exemple.fr/ecole-rouvre",
        .title = "Une école rouvre après les travaux",
        .description = "Six mois de chantier.",
        .body = "Les élèves sont revenus lundi.\nLa cantine ouvre en novembre.",
        .source = "courrier-exemple.fr",
        .source_name = "Le Courrier Exemple",
        .declared_language = "fr",
        .image_url = "https://www.courrier-exemple.fr/ecole.jpg",
        .authors = "Lise Aubry|Marc Petit",
        .tags = "école|travaux",
        .published = "2025-10-09T00:00:00Z",
        .published_is_day = true,
        .version = "2025-10-09T00:00:00Z",
    },
    {
        .file = "gdelt.json",
        .index = 0,
        .url = "https://www.riodiario.com.br/economia/safra",
        .canonical_url = "https://riodiario.com.br/economia/safra",
        .title = "Safra de café cresce em outubro",
        .source = "riodiario.com.br",
        .declared_language = "pt",
        .country = "BR",
        .image_url = "https://www.riodiario.com.br/safra.jpg",
        .published = "2025-10-09T11:30:00Z",
        .version = "2025-10-09T11:30:00Z",
    },
    {
        .file = "gdelt.json",
        .index = 1,
        .url = "https://seoulwire.co.kr/a/2",
        .canonical_url = "https://seoulwire.co.kr/a/2",
        .title = "새 다리 개통",
        .source = "seoulwire.co.kr",
        .declared_language = "ko",
        .country = "KR",
        .published = "2025-10-09T11:45:00Z",
        .version = "2025-10-09T11:45:00Z",
    },
    {
        .file = "newsapi.json",
        .index = 0,
        .url = "https://coastlinedaily.com/lighthouse",
        .canonical_url = "https://coastlinedaily.com/lighthouse",
        .title = "Lighthouse opens to visitors",
        .description = "The tower was closed for ten years.",
        .body = "Visitors climbed the 180 steps on Thursday…",
        .source = "coastlinedaily.com",
        .source_name = "Coastline Daily",
        .image_url = "https://coastlinedaily.com/tower.jpg",
        .authors = "Ada Quill|Ben Moor",
        .published = "2025-10-09T09:10:11Z",
        .version = "2025-10-09T09:10:11Z",
    },
    {
        .file = "newscatcher.json",
        .index = 0,
        .url = "https://www.citylantern.com/museum-bronze",
        .canonical_url = "https://citylantern.com/museum-bronze",
        .producer_id = "9f86d081884c7d659a2feaa0c55ad015",
        .title = "Museum returns bronze figures",
        .description = "Twelve figures go home.",
        .body = "The museum handed over twelve figures.\nA ceremony followed.",
        .source = "citylantern.com",
        .source_name = "City Lantern",
        .declared_language = "en",
        .country = "US",
        .image_url = "https://www.citylantern.com/bronze.jpg",
        .section = "Arts",
        .authors = "Ada Quill",
        .published = "2025-10-09T10:00:00Z",
        .updated = "2025-10-09T10:20:00Z",
        .version = "2025-10-09T10:20:00Z",
    },
    {
        .file = "event_registry.json",
        .index = 0,
        .url = "https://diariodelpuerto.es/tren-nocturno",
        .canonical_url = "https://diariodelpuerto.es/tren-nocturno",
        .producer_id = "diariodelpuerto.es 8123456789",
        .title = "Vuelve el tren nocturno",
        .body = "El primer tren sale el viernes.\nHabrá dos por semana.",
        .source = "diariodelpuerto.es",
        .source_name = "Diario del Puerto",
        .declared_language = "es",
        .country = "ES",
        .image_url = "https://diariodelpuerto.es/tren.jpg",
        .article_kind = "news",
        .authors = "Ana Ríos",
        .tags = "Night train",
        .published = "2025-10-09T10:55:00Z",
        .version = "2025-10-09T10:55:00Z",
    },
    {
        .file = "perigon.json",
        .index = 0,
        .url = "https://www.prairiegazette.com/news/wind-farm",
        .canonical_url = "https://prairiegazette.com/news/wind-farm",
        .producer_id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        .title = "Wind farm approved",
        .description = "Forty turbines.",
        .body = "The county approved forty turbines.",
        .source = "prairiegazette.com",
        .declared_language = "en",
        .country = "US",
        .image_url = "https://www.prairiegazette.com/wind.jpg",
        .reprint_group = "rg-42",
        .authors = "Ada Quill",
        .tags = "Energy",
        .paywalled = true,
        .published = "2025-10-09T06:00:00Z",
        .updated = "2025-10-09T06:10:00Z",
        .version = "2025-10-09T06:10:00Z",
    },
    {
        .file = "ninjs3.json",
        .index = 0,
        .url = "https://wire.portsandships.com/2025/strike-ends",
        .canonical_url = "https://wire.portsandships.com/2025/strike-ends",
        .producer_id = "urn:newsml:wire.example:20251009:item77",
        .title = "Port strike ends after ten days",
        .description = "Work resumes on Friday.",
        .body = "The strike is over.\nCranes move on Friday.",
        .source = "portsandships.com",
        .declared_language = "en",
        .attribution = "Examplewire",
        .authors = "Ada Quill",
        .tags = "labour dispute",
        .published = "2025-10-09T11:00:00Z",
        .updated = "2025-10-09T11:20:00Z",
        .version = "2025-10-09T11:20:00Z",
    },
    {
        .file = "ninjs2_canceled.json",
        .index = 0,
        .kind = ARTICLE_RETRACT,
        .url = "https://wire.portsandships.com/2025/strike-ends",
        .canonical_url = "https://wire.portsandships.com/2025/strike-ends",
        .producer_id = "https://wire.portsandships.com/2025/strike-ends",
        .source = "portsandships.com",
        .updated = "2025-10-09T11:50:00Z",
        .version = "2025-10-09T11:50:00Z",
    },
    {
        .file = "schema_org.json",
        .index = 0,
        .url = "https://www.alpenbote.at/kultur/konzert",
        .canonical_url = "https://alpenbote.at/kultur/konzert",
        .title = "Konzert am See",
        .description = "Das erste seit drei Jahren.",
        .body = "Tausend Gäste kamen.",
        .source = "alpenbote.at",
        .source_name = "Alpenbote",
        .declared_language = "de",
        .image_url = "https://www.alpenbote.at/see.jpg",
        .section = "Kultur",
        .article_kind = "NewsArticle",
        .authors = "Jana Feld",
        .tags = "Konzert|See",
        .paywalled = true,
        .published = "2025-10-09T08:00:00Z",
        .updated = "2025-10-09T09:00:00Z",
        .version = "2025-10-09T09:00:00Z",
    },
    {
        .file = "json_feed.json",
        .index = 0,
        .url = "https://hillnotes.org/2025/spring",
        .canonical_url = "https://hillnotes.org/2025/spring",
        .producer_id = "https://hillnotes.org/2025/spring",
        .title = "The spring runs again",
        .description = "After a dry summer.",
        .body = "Water\nIt runs — clear and cold.",
        .source = "hillnotes.org",
        .declared_language = "en",
        .image_url = "https://hillnotes.org/spring.jpg",
        .authors = "Cleo Marsh",
        .tags = "water",
        .published = "2025-10-09T09:00:00Z",
        .updated = "2025-10-09T09:30:00Z",
        .version = "2025-10-09T09:30:00Z",
    },
    {
        .file = "feedly.json",
        .index = 0,
        .url = "https://feeds.islandecho.co.uk/r/ferry-late",
        .canonical_url = "https://islandecho.co.uk/ferry-late",
        .producer_id = "gRtwnDeqCDpZ42bXE9=_18a1:2f:9c",
        .title = "Ferry late again",
        .description = "Passengers waited for two hours.",
        .source = "islandecho.co.uk",
        .source_name = "Island Echo",
        .declared_language = "en",
        .image_url = "https://www.islandecho.co.uk/ferry.jpg",
        .authors = "Ben Moor",
        .tags = "ferry",
        .published = "2025-10-09T10:30:00Z",
        .updated = "2025-10-09T10:40:00Z",
        .version = "2025-10-09T10:40:00Z",
    },
    {
        .file = "rss.json",
        .index = 0,
        .url = "https://townherald.co.nz/bakery?utm_medium=rss",
        .canonical_url = "https://townherald.co.nz/bakery",
        .producer_id = "https://townherald.co.nz/?p=881",
        .title = "Bakery wins prize",
        .description = "Best bread’s here.",
        .body = "The bakery won.\nIt sells out\nby nine.",
        .source = "townherald.co.nz",
        .image_url = "https://townherald.co.nz/bread.jpg",
        .section = "Food",
        .authors = "Ada Quill",
        .tags = "Food|Local",
        .published = "2025-10-09T07:00:00Z",
        .version = "2025-10-09T07:00:00Z",
    },
    {
        .file = "atom.json",
        .index = 0,
        .url = "https://greenridge.blogspot.com/2025/10/hut.html",
        .canonical_url = "https://greenridge.blogspot.com/2025/10/hut.html",
        .producer_id = "tag:greenridge.blogspot.com,2025:post-5",
        .title = "Hut opens early",
        .description = "Two weeks before the season.",
        .body = "The hut opens on Friday.",
        .source = "greenridge.blogspot.com",
        .authors = "Cleo Marsh",
        .tags = "mountains",
        .published = "2025-10-09T07:00:00Z",
        .updated = "2025-10-09T07:00:00Z",
        .version = "2025-10-09T07:00:00Z",
    },
    {
        .file = "wordpress.json",
        .index = 0,
        .url = "https://baynews.co.nz/2025/10/pier/",
        .canonical_url = "https://baynews.co.nz/2025/10/pier",
        .producer_id = "baynews.co.nz 5521",
        .title = "Pier reopens – at last",
        .description = "After a year.",
        .body = "The pier is open.",
        .source = "baynews.co.nz",
        .published = "2025-10-09T09:00:00Z",
        .updated = "2025-10-09T09:30:00Z",
        .version = "2025-10-09T09:30:00Z",
    },
    /* the same producers' other forms: pages of answers, streams, older versions, parsers of XML */
    {
        .file = "ninjs1.json",
        .url = "https://news.coalharbour.com/items/4411",
        .canonical_url = "https://news.coalharbour.com/items/4411",
        .producer_id = "urn:newsml:desk.example:2025-10-09T09:02:48.114367:bbd634b3",
        .title = "Museum ship to be towed",
        .description = "The tow begins on Saturday.",
        .body = "The museum ship leaves the harbour.\nTwo tugs take it & bring it back.",
        .source = "coalharbour.com",
        .source_name = "CHN",
        .declared_language = "en",
        .authors = "Ada Quill",
        .tags = "museum|transport",
        .published = "2025-10-09T09:02:48Z",
        .updated = "2025-10-09T09:06:12Z",
        .version = "2025-10-09T09:06:12Z",
    },
    {
        .file = "json_feed_item.json",
        .url = "https://microhill.org/2347259",
        .canonical_url = "https://microhill.org/2347259",
        .producer_id = "microhill.org 2347259",
        .title = "Link: the spring",
        .body = "Cats are neat.\nhttps://elsewhere.example/linked",
        .source = "microhill.org",
        .image_url = "https://microhill.org/i.png",
        .authors = "Cleo Marsh",
        .published = "2025-10-09T08:10:00.5Z",
        .version = "2025-10-09T08:10:00.5Z",
    },
    {
        .file = "rss_parser.json",
        .url = "https://dunefield.com/dunes",
        .canonical_url = "https://dunefield.com/dunes",
        .producer_id = "https://dunefield.com/dunes",
        .title = "Dunes move faster",
        .description = "Nine metres in a year.",
        .body = "The dunes moved nine metres.",
        .source = "dunefield.com",
        .image_url = "https://dunefield.com/dune.jpg",
        .authors = "Ben Moor",
        .tags = "Science|Coast",
        .published = "2025-10-09T11:16:39Z",
        .version = "2025-10-09T11:16:39Z",
    },
    {
        .file = "rss_xml2js.json",
        .url = "https://stonytimes.ie/quarry",
        .canonical_url = "https://stonytimes.ie/quarry",
        .producer_id = "stony-5512-2025-10-09",
        .title = "Quarry closes",
        .description = "After 80 years.",
        .source = "stonytimes.ie",
        .section = "Local",
        .authors = "Cleo Marsh",
        .published = "2025-10-09T11:00:00Z",
        .version = "2025-10-09T11:00:00Z",
    },
    {
        .file = "newsapi_page.json",
        .url = "https://tidepost.com/record",
        .canonical_url = "https://tidepost.com/record",
        .title = "High tide record",
        .source = "tidepost.com",
        .source_name = "Tide Post",
        .published = "2025-10-09T08:00:00Z",
        .version = "2025-10-09T08:00:00Z",
    },
    {
        .file = "newsapi_page.json",
        .index = 1,
        .url = "https://tidepost.com/low",
        .canonical_url = "https://tidepost.com/low",
        .title = "Low tide, too",
        .body = "Low.",
        .source = "tidepost.com",
        .source_name = "Tidepost.com",
        .version = "2025-10-09T12:00:00Z", /* the append time: year 1 is no time */
    },
    {
        .file = "event_registry_page.json",
        .url = "https://www.werkblick.de/a",
        .canonical_url = "https://werkblick.de/a",
        .producer_id = "werkblick.de p-8123456790",
        .title = "Werk baut aus",
        .body = "Das Werk baut aus.",
        .source = "werkblick.de",
        .source_name = "Werkblick",
        .declared_language = "de",
        .article_kind = "pr",
        .published = "2025-10-09T06:05:00Z",
        .version = "2025-10-09T06:05:00Z",
    },
    {
        .file = "fundus_plaintext.json",
        .url = "https://fieldandfold.com/r?u=1",
        .canonical_url = "https://fieldandfold.com/r?u=1",
        .title = "Harvest ends early",
        .body = "The harvest is in.\nRain comes on Sunday.",
        .source = "fieldandfold.com",
        .source_name = "Field & Fold",
        .declared_language = "en",
        .published = "2025-10-09T05:00:00Z",
        .version = "2025-10-09T05:00:00Z",
    },
    {
        .file = "schema_org_strings.json",
        .url = "https://www.lagunapress.it/cronaca/ponte",
        .canonical_url = "https://lagunapress.it/cronaca/ponte",
        .title = "Il ponte riapre",
        .source = "lagunapress.it",
        .source_name = "Laguna Press",
        .declared_language = "it",
        .image_url = "https://www.lagunapress.it/p1.jpg",
        .attribution = "ANSA",
        .article_kind = "NewsArticle",
        .authors = "Ada Quill",
        .tags = "ponte|Laguna",
        .published = "2025-10-09T00:00:00Z",
        .published_is_day = true,
        .version = "2025-10-09T00:00:00Z",
    },
    {
        .file = "feedly_stream.json",
        .url = "https://moorlandstar.com/peat",
        .canonical_url = "https://moorlandstar.com/peat",
        .producer_id = "b3c1=_1:2:3",
        .title = "Peat fires out",
        .body = "The fires are out.",
        .source = "moorlandstar.com",
        .source_name = "Moorland Star",
        .published = "2025-10-09T10:00:00Z",
        .version = "2025-10-09T10:00:00Z",
    },
    {
        .file = "newscatcher_page.json",
        .url = "https://skyledger.com/fog",
        .canonical_url = "https://skyledger.com/fog",
        .producer_id = "1b2c3d4e5f60718293a4b5c6d7e8f901",
        .title = "Fog closes airport",
        .description = "No flights until noon.",
        .body = "Fog.",
        .source = "skyledger.com",
        .declared_language = "en",
        .country = "GB",
        .section = "News, Travel",
        .authors = "Ada Quill|Ben Moor",
        .paywalled = true,
        .published = "2025-10-09T04:00:00Z",
        .version = "2025-10-09T04:00:00Z",
    },
};

static char *read_fixture(const char *name, size_t *len)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/tests/fixtures/events/%s", TEST_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail_msg("no fixture %s", path);
    char *text = nw_calloc(1, 64 * 1024);
    *len = fread(text, 1, 64 * 1024, file);
    fclose(file);
    return text;
}

static void assert_text(const char *file, const char *field, const char *actual, const char *expected)
{
    if (expected == NULL) expected = "";
    if (strcmp(actual, expected) != 0) fail_msg("%s: %s is '%s', not '%s'", file, field, actual, expected);
}

static void assert_list(const char *file, const char *field, const char *const *items, size_t count,
                        const char *expected)
{
    char joined[1024] = "";
    for (size_t i = 0; i < count; i++) {
        if (i > 0) strcat(joined, "|");
        strcat(joined, items[i]);
    }
    assert_text(file, field, joined, expected);
}

static void assert_time(const char *file, const char *field, int64_t actual_ms, const char *expected)
{
    struct event_time time = {NW_NO_TIME, false};
    if (expected != NULL) assert_int_equal(event_time_parse(expected, strlen(expected), &time), NW_OK);
    if (actual_ms != time.ms)
        fail_msg("%s: %s is %lld, not %lld", file, field, (long long)actual_ms, (long long)time.ms);
}

static void assert_article(const struct article *a, const struct expected *e)
{
    const char *behind_scheme = strstr(e->canonical_url, "://") + 3;
    assert_int_equal(a->kind, e->kind);
    assert_true(id128_equal(a->id, hash128(behind_scheme, strlen(behind_scheme))));
    assert_true(a->raw_url_hash == hash64(e->url, strlen(e->url)));
    if (a->producer_id_hash != (e->producer_id ? hash64(e->producer_id, strlen(e->producer_id)) : 0))
        fail_msg("%s: producer_id is another", e->file);
#define ASSERT_TEXT(field) assert_text(e->file, #field, a->field, e->field)
    ASSERT_TEXT(url);
    ASSERT_TEXT(canonical_url);
    ASSERT_TEXT(title);
    ASSERT_TEXT(description);
    ASSERT_TEXT(body);
    ASSERT_TEXT(source);
    ASSERT_TEXT(source_name);
    ASSERT_TEXT(declared_language);
    ASSERT_TEXT(country);
    ASSERT_TEXT(image_url);
    ASSERT_TEXT(section);
    ASSERT_TEXT(attribution);
    ASSERT_TEXT(reprint_group);
    ASSERT_TEXT(article_kind);
#undef ASSERT_TEXT
    assert_list(e->file, "authors", a->authors, a->author_count, e->authors);
    assert_list(e->file, "tags", a->tags, a->tag_count, e->tags);
    assert_int_equal(a->paywalled, e->paywalled);
    assert_time(e->file, "published_ms", a->published_ms, e->published);
    assert_time(e->file, "updated_ms", a->updated_ms, e->updated);
    assert_time(e->file, "version_ms", a->version_ms, e->version);
    assert_int_equal(a->published_is_day, e->published_is_day);
    assert_false(a->published_clamped);
}

static void every_producer_shape_gives_its_whole_article(void **state)
{
    (void)state;
    struct event_decoder *decoder = event_decoder_new(NULL, 0);
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        size_t len;
        char *text = read_fixture(shapes[i].file, &len);
        struct input_record record = {.value = text, .len = len, .append_ms = APPEND_MS};
        struct event_list list;
        event_decode(decoder, arena, &record, &list);
        free(text); /* nothing in the result may point into the record */
        assert_in_range(shapes[i].index, 0, list.count - 1);
        const struct event *event = &list.events[shapes[i].index];
        if (event->reject != REJECT_NONE) fail_msg("%s: %s", shapes[i].file, event->reason);
        assert_article(&event->article, &shapes[i]);
        arena_reset(arena);
    }
    arena_free(arena);
    event_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_producer_shape_gives_its_whole_article),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
