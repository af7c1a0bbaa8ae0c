#include <string.h>

#include "daemon/api_page.h"

static ssize_t read_feed(void *context, char *out, size_t max)
{
    return story_feed_read(context, out, max);
}

static void close_feed(void *context)
{
    story_feed_close(context);
}

void stream_page(const struct page *page)
{
    const char *language = page_query(page, "language"), *story = page_query(page, "story");
    struct feed_filter filter = {.has_story = story != NULL};
    struct feed_client *client;
    if (language) memcpy(filter.language, language, strlen(language) + 1); /* three letters at most */
    if (story && !id128_parse(story, strlen(story), &filter.story)) filter.has_story = false;
    enum nw_err err =
        story_feed_open(page->api->feed, http_header(page->request, "Last-Event-ID"), &filter, &client);
    if (err == NW_ERR_INPUT) {
        api_answer_problem(page->request, 400, page->answer,
                           "Last-Event-ID is not one that this server gave.");
    } else if (err == NW_ERR_REFUSED) {
        api_answer_problem(page->request, 503, page->answer, "Too many clients follow the stream already.");
        page->answer->retry_after_s = 10;
    } else if (err != NW_OK) {
        page_answer_failure(page, err, "stream");
    } else {
        page->answer->status = 200;
        page->answer->content_type = "text/event-stream";
        page->answer->stream = (struct http_stream){read_feed, close_feed, client};
    }
}
