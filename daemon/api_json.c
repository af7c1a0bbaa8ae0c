#include "daemon/api_json.h"

#include "coverage/distribution.h"
#include "coverage/rfc3339.h"

void api_put_text(json_t *object, const char *name, const char *text)
{
    if (*text) json_object_set_new(object, name, json_string(text)); /* left out when it is no UTF-8 */
}

void api_put_number(json_t *object, const char *name, int64_t value)
{
    json_object_set_new(object, name, json_integer(value));
}

void api_put_time(json_t *object, const char *name, int64_t ms)
{
    char text[RFC3339_MAX];
    if (rfc3339_format(ms, text) > 0) json_object_set_new(object, name, json_string(text));
}

void api_put_id(json_t *object, const char *name, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    json_object_set_new(object, name, json_string(hex));
}

/* The short form of biasDistribution of a summary. */
static json_t *distribution_json(const struct api_story *story)
{
    uint32_t percents[SIDE_COUNT];
    struct side_counts counts = {0};
    counts.side[SIDE_LEFT] = (uint32_t)story->left;
    counts.side[SIDE_CENTER] = (uint32_t)story->center;
    counts.side[SIDE_RIGHT] = (uint32_t)story->right;
    json_t *object = json_object();
    api_put_number(object, "leftSrcCount", story->left);
    api_put_number(object, "cntrSrcCount", story->center);
    api_put_number(object, "rightSrcCount", story->right);
    if (distribution_percents(&counts, percents)) {
        api_put_number(object, "leftPercent", percents[SIDE_LEFT]);
        api_put_number(object, "cntrPercent", percents[SIDE_CENTER]);
        api_put_number(object, "rightPercent", percents[SIDE_RIGHT]);
    }
    return object;
}

static void put_json(json_t *object, const char *name, const char *text)
{
    json_t *value = *text ? json_loads(text, 0, NULL) : NULL;
    if (value) json_object_set_new(object, name, value);
}

json_t *api_story_json(const struct api_story *story)
{
    json_t *object = json_object();
    api_put_id(object, "id", story->id);
    api_put_number(object, "revision", story->revision);
    api_put_text(object, "status", story->status);
    api_put_text(object, "language", story->language);
    api_put_text(object, "title", story->title);
    api_put_time(object, "firstPublishedAt", story->first_published_ms);
    api_put_time(object, "lastPublishedAt", story->last_published_ms);
    api_put_time(object, "updatedAt", story->updated_ms);
    api_put_number(object, "articleCount", story->articles);
    api_put_number(object, "sourceCount", story->sources);
    api_put_number(object, "uniqueCount", story->unique);
    api_put_number(object, "reprintCount", story->reprints);
    api_put_number(object, "biasSourceCount", story->left + story->center + story->right);
    api_put_number(object, "unratedSourceCount", story->unrated);
    json_object_set_new(object, "biasDistribution", distribution_json(story));
    api_put_text(object, "blindspotFor", story->blindspot);
    put_json(object, "countries", story->countries);
    put_json(object, "tags", story->tags);
    json_object_set_new(object, "velocity",
                        json_pack("{s:I, s:I, s:I}", "sources1h", (json_int_t)story->sources_1h, "sources6h",
                                  (json_int_t)story->sources_6h, "sources24h",
                                  (json_int_t)story->sources_24h));
    return object;
}

json_t *api_story_list_json(const struct api_story *stories, size_t count)
{
    json_t *root = json_object(), *array = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(array, api_story_json(&stories[i]));
    json_object_set_new(root, "stories", array);
    return root;
}
