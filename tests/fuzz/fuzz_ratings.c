/* Any bytes as a ratings file: refused with a sentence, or a table in which everything is as promised. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "articles/utf8.h"
#include "coverage/ratings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    assert(text != NULL && utf8_valid(text, strlen(text)));
}

static void check_found(const struct ratings *ratings, const char *source)
{
    const struct rating *rating = ratings_find(ratings, source);
    if (rating == NULL) return;
    check_text(rating->domain);
    check_text(rating->name);
    check_text(rating->owner);
    check_text(rating->city);
    check_text(rating->url);
    assert(strlen(rating->country) == 0 || strlen(rating->country) == 2);
    assert(rating->url[0] == '\0' || strncasecmp(rating->url, "http", 4) == 0);
    assert(rating->bias <= BIAS_UNRATED && rating->factuality < FACTUALITY_COUNT);
    assert(rating->ownership < OWNERSHIP_COUNT);
    assert(ratings_find(ratings, rating->domain) == rating);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratings *ratings = NULL;
    char *error = NULL;
    const struct ratings_issue *issues;
    if (ratings_load((const char *)data, size, NULL, &ratings, &error) != NW_OK) {
        assert(ratings == NULL);
        check_text(error);
        assert(error[0] != '\0');
        free(error);
        return 0;
    }
    assert(ratings_count(ratings) > 0);
    size_t count = ratings_issues(ratings, &issues);
    for (size_t i = 0; i < count; i++) {
        check_text(issues[i].reason);
        assert(issues[i].line > 0);
    }
    check_found(ratings, "a.example");
    check_found(ratings, "x.y.a.example");
    char *source = malloc(size + 1); /* the bytes themselves as a host */
    memcpy(source, data, size);
    source[size] = '\0';
    check_found(ratings, source);
    free(source);
    ratings_unref(ratings);
    return 0;
}
