/* test_card - an article's card for tests: nothing is known but what is given. */
#ifndef NW_TESTS_SUPPORT_TEST_CARD_H
#define NW_TESTS_SUPPORT_TEST_CARD_H

#include "articles/article_card.h"
#include "base/instant.h"

/* Borrows the texts; further fields are set by the caller. */
static inline struct article_card test_card(struct id128 id, const char *url, const char *title,
                                            const char *source)
{
    return (struct article_card){
        .id = id,
        .url = url,
        .title = title,
        .lead = "",
        .source = source,
        .source_name = "",
        .country = "",
        .image_url = "",
        .section = "",
        .attribution = "",
        .kind = "",
        .reprint_group = "",
        .published_ms = NW_NO_TIME,
        .updated_ms = NW_NO_TIME,
    };
}

#endif
