/* Any bytes of a features topic: a record either is refused or packs again to a record that reads the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "articles/article_card.h"
#include "articles/features_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct features_record record, back;
    struct article_card card;
    const uint8_t *bytes, *again;
    size_t len, again_len;
    if (features_record_unpack(arena, data, size, &record) == NW_OK) {
        features_record_pack(arena, &record, &bytes, &len);
        enum nw_err err = features_record_unpack(arena, bytes, len, &back);
        assert(err == NW_OK);
        features_record_pack(arena, &back, &again, &again_len);
        assert(again_len == len && memcmp(bytes, again, len) == 0);
        if (record.kind == RECORD_ARTICLE &&
            article_card_unpack(arena, record.card, record.card_len, &card) == NW_OK)
            article_card_pack(arena, &card, &bytes, &len);
    }
    if (article_card_unpack(arena, data, size, &card) == NW_OK) article_card_pack(arena, &card, &bytes, &len);
    arena_free(arena);
    return 0;
}
