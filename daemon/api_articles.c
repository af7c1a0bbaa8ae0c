#include <ctype.h>
#include <string.h>

#include "articles/article_card.h"
#include "daemon/api_json.h"
#include "daemon/api_page.h"

static void put_card(json_t *object, const struct article_card *card)
{
    api_put_text(object, "url", card->url);
    api_put_text(object, "title", card->title);
    api_put_text(object, "lead", card->lead);
    api_put_text(object, "source", card->source);
    api_put_text(object, "sourceName", card->source_name);
    api_put_text(object, "country", card->country);
    api_put_text(object, "imageUrl", card->image_url);
    api_put_text(object, "section", card->section);
    api_put_text(object, "attribution", card->attribution);
    json_object_set_new(object, "paywalled", json_boolean(card->paywalled));
    api_put_time(object, "publishedAt", card->published_ms);
    api_put_time(object, "updatedAt", card->updated_ms);
}

static void answer_article(const struct page *page, struct id128 id)
{
    struct api_article article;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_article(session, id, &article);
    api_redis_end(session);
    struct article_card card;
    bool has_card = err == NW_OK && article.card;
    if (has_card) err = article_card_unpack(page->arena, article.card, article.card_len, &card);
    if (err != NW_OK) {
        page_answer_failure(page, err, "article");
        return;
    }
    json_t *root = json_object();
    api_put_id(root, "id", id);
    api_put_id(root, "storyId", article.story);
    if (has_card) put_card(root, &card);
    api_answer_json(page->request, root, page->answer);
}

void article_page(const struct page *page)
{
    struct id128 id;
    if (page_parse_id(page, "an article", &id)) answer_article(page, id);
}

void article_by_url_page(const struct page *page)
{
    const char *text = page_query(page, "url"), *why = "";
    struct url url;
    if (url_parse(page->api->urls, page->arena, text, strlen(text), &url, &why) != NW_OK)
        api_answer_problem(page->request, 404, page->answer, "No article has such a url: it %s.", why);
    else
        answer_article(page, url_id(&url));
}

/* ---- sources ---- */

void source_page(const struct page *page)
{
    struct api_source source;
    char *domain = arena_strdup(page->arena, page->rest);
    for (char *at = domain; *at; at++) *at = (char)tolower((unsigned char)*at);
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_source(session, domain, &source);
    api_redis_end(session);
    if (err != NW_OK) {
        page_answer_failure(page, err, "source");
        return;
    }
    json_t *root = json_object();
    api_put_text(root, "source", domain);
    api_put_number(root, "articleCount", source.articles);
    api_put_number(root, "storyCount", source.stories);
    api_put_number(root, "firstCount", source.firsts);
    api_put_time(root, "lastSeenAt", source.last_seen_ms);
    api_answer_json(page->request, root, page->answer);
}
