#include "daemon/demo_view.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/alloc.h"
#include "base/err.h"

enum { BAR_CELLS = 20, TITLE_MIN_COLUMNS = 20, CHANGE_BYTES = 160 };

enum part { LEFT, CENTER, RIGHT, PARTS };

struct shown { /* what a line of a story says */
    char *title;
    int64_t articles, sources, unrated;
    int64_t percent[PARTS];
    bool rated; /* at least one source has a side */
    char status[16];
};

struct view_story {
    char id[33];
    char merged_into[33];
    char language[9];
    int64_t revision;
    struct shown now;
};

struct demo_view {
    bool colour;
    int columns;
    struct view_story *stories; /* in the order of their first line */
    size_t count, capacity;
};

/* ---- text ---- */

struct text {
    char *bytes;
    size_t len, capacity;
};

static void NW_PRINTF(2, 3) add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text->bytes = nw_grow(text->bytes, &text->capacity, text->len + (size_t)need + 1, 1);
    va_start(args, format);
    vsnprintf(text->bytes + text->len, (size_t)need + 1, format, args);
    va_end(args);
    text->len += (size_t)need;
}

/* One character of untrusted text: its bytes and columns. Width -1: left out, because a terminal would obey
 * it (Cf holds the marks that turn the direction of writing around). 0 bytes: the end. */
static size_t next_character(const char *utf8, size_t left, int *width)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)utf8, (utf8proc_ssize_t)left, &code);
    if (n <= 0) return 0;
    utf8proc_category_t category = utf8proc_category(code);
    bool obeyed = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF;
    *width = obeyed ? -1 : utf8proc_charwidth(code);
    return (size_t)n;
}

static int text_width(const char *utf8)
{
    int total = 0, width;
    size_t left = strlen(utf8), n;
    for (; (n = next_character(utf8, left, &width)) > 0; utf8 += n, left -= n)
        if (width > 0) total += width;
    return total;
}

/* At most columns wide; padded with spaces when pad. */
static void add_cut(struct text *text, const char *utf8, int columns, bool pad)
{
    bool cut = text_width(utf8) > columns;
    int room = cut ? columns - 1 : columns, used = 0, width;
    size_t left = strlen(utf8), n;
    for (; (n = next_character(utf8, left, &width)) > 0 && used + width <= room; utf8 += n, left -= n) {
        if (width < 0) continue;
        add(text, "%.*s", (int)n, utf8);
        used += width;
    }
    if (cut) {
        add(text, "…");
        used++;
    }
    for (; pad && used < columns; used++) add(text, " ");
}

/* ---- the bar ---- */

/* Cells by largest remainder, so that they always fill the bar. */
static void split_cells(const int64_t percent[PARTS], int cells[PARTS])
{
    int64_t total = percent[LEFT] + percent[CENTER] + percent[RIGHT];
    int used = 0;
    for (int i = 0; i < PARTS; i++) used += cells[i] = (int)(percent[i] * BAR_CELLS / total);
    for (; used < BAR_CELLS; used++) {
        int most = LEFT;
        int64_t missing = INT64_MIN;
        for (int i = 0; i < PARTS; i++)
            if (percent[i] * BAR_CELLS - cells[i] * total > missing) {
                missing = percent[i] * BAR_CELLS - cells[i] * total;
                most = i;
            }
        cells[most]++;
    }
}

static void add_bar(struct text *text, const struct demo_view *view, const struct shown *shown)
{
    static const char plain[PARTS] = {'<', '=', '>'};
    static const char *const colours[PARTS] = {"\033[34m", "\033[37m", "\033[31m"};
    if (!shown->rated) {
        for (int i = 0; i < BAR_CELLS; i++) add(text, ".");
        return;
    }
    int cells[PARTS];
    split_cells(shown->percent, cells);
    for (int part = 0; part < PARTS; part++) {
        if (view->colour && cells[part] > 0) add(text, "%s", colours[part]);
        for (int i = 0; i < cells[part]; i++)
            if (view->colour)
                add(text, "█");
            else
                add(text, "%c", plain[part]);
    }
    if (view->colour) add(text, "\033[0m");
}

const char *demo_view_legend(const struct demo_view *view)
{
    return view->colour ? "left blue, center white, right red" : "left <, center =, right >";
}

static void add_percents(struct text *text, const struct shown *shown)
{
    if (shown->rated)
        add(text, "%3d/%3d/%3d", (int)shown->percent[LEFT], (int)shown->percent[CENTER],
            (int)shown->percent[RIGHT]);
    else
        add(text, "  not rated");
}

/* ---- summaries ---- */

static int64_t integer(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const char *string(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static struct shown read_shown(const json_t *summary)
{
    static const char *const percents[PARTS] = {"leftPercent", "cntrPercent", "rightPercent"};
    const json_t *bias = json_object_get(summary, "biasDistribution");
    struct shown shown = {.title = nw_strdup(string(summary, "title")),
                          .articles = integer(summary, "articleCount"),
                          .sources = integer(summary, "sourceCount"),
                          .unrated = integer(summary, "unratedSourceCount")};
    int64_t total = 0;
    for (int i = 0; i < PARTS; i++) {
        int64_t percent = integer(bias, percents[i]);
        shown.percent[i] = percent < 0 ? 0 : percent > 100 ? 100 : percent;
        total += shown.percent[i];
    }
    shown.rated = total > 0;
    snprintf(shown.status, sizeof(shown.status), "%s", string(summary, "status"));
    return shown;
}

static struct view_story *find(const struct demo_view *view, const char *id)
{
    for (size_t i = 0; i < view->count; i++)
        if (strcmp(view->stories[i].id, id) == 0) return &view->stories[i];
    return NULL;
}

static void count_change(char *out, const char *what, int64_t change)
{
    if (change == 0) return;
    size_t used = strlen(out);
    snprintf(out + used, CHANGE_BYTES - used, "%s%+lld %s%s", used > 0 ? ", " : "", (long long)change, what,
             change == 1 || change == -1 ? "" : "s");
}

/* What is new since the story's last line; "" when nothing that is shown. */
static void describe_change(const struct demo_view *view, const struct view_story *story,
                            const struct shown *next, bool is_new, char out[CHANGE_BYTES])
{
    const struct shown *now = &story->now;
    out[0] = '\0';
    if (strcmp(next->status, "merged") == 0 && (is_new || strcmp(now->status, "merged") != 0)) {
        const struct view_story *into = find(view, story->merged_into);
        snprintf(out, CHANGE_BYTES, "merged into: %.100s",
                 into != NULL ? into->now.title : story->merged_into);
        return;
    }
    if (is_new) {
        snprintf(out, CHANGE_BYTES, "new story");
        return;
    }
    count_change(out, "source", next->sources - now->sources);
    if (out[0] == '\0') count_change(out, "article", next->articles - now->articles);
    size_t used = strlen(out);
    if (strcmp(next->status, now->status) != 0)
        snprintf(out + used, CHANGE_BYTES - used, "%s%s", used > 0 ? ", " : "", next->status);
    else if (strcmp(next->title, now->title) != 0)
        snprintf(out + used, CHANGE_BYTES - used, "%snew title", used > 0 ? ", " : "");
    else if (used == 0 && memcmp(next->percent, now->percent, sizeof(now->percent)) != 0)
        snprintf(out, CHANGE_BYTES, "other ratings");
}

static char *story_line(const struct demo_view *view, const struct view_story *story, const char *change)
{
    struct text line = {0};
    const struct shown *now = &story->now;
    add_bar(&line, view, now);
    add(&line, " ");
    add_percents(&line, now);
    add(&line, " %3lld source%s ", (long long)now->sources, now->sources == 1 ? " " : "s");
    enum { FIXED_COLUMNS = BAR_CELLS + 1 + 11 + 13, CHANGE_COLUMNS = 24 };
    int room = view->columns - FIXED_COLUMNS - CHANGE_COLUMNS;
    add_cut(&line, now->title, room > TITLE_MIN_COLUMNS ? room : TITLE_MIN_COLUMNS, true);
    add(&line, view->colour ? "  \033[2m" : "  ");
    add_cut(&line, change, CHANGE_COLUMNS - 2, false);
    if (view->colour) add(&line, "\033[0m");
    return line.bytes;
}

static struct view_story *add_story(struct demo_view *view, const char *id, const json_t *summary)
{
    view->stories = nw_grow(view->stories, &view->capacity, view->count + 1, sizeof(*view->stories));
    struct view_story *story = &view->stories[view->count++];
    *story = (struct view_story){.revision = -1};
    snprintf(story->id, sizeof(story->id), "%s", id);
    snprintf(story->language, sizeof(story->language), "%s", string(summary, "language"));
    return story;
}

static char *apply_summary(struct demo_view *view, const json_t *summary)
{
    const char *id = string(summary, "id");
    if (id[0] == '\0') return NULL;
    struct view_story *story = find(view, id);
    bool is_new = story == NULL;
    if (is_new) story = add_story(view, id, summary);
    if (integer(summary, "revision") < story->revision) return NULL;
    story->revision = integer(summary, "revision");
    snprintf(story->merged_into, sizeof(story->merged_into), "%s", string(summary, "mergedInto"));
    struct shown next = read_shown(summary);
    if (next.title[0] == '\0' && !is_new) { /* a merge need not repeat it */
        free(next.title);
        next.title = nw_strdup(story->now.title);
    }
    char change[CHANGE_BYTES];
    describe_change(view, story, &next, is_new, change);
    free(story->now.title);
    story->now = next;
    return change[0] != '\0' ? story_line(view, story, change) : NULL;
}

static void forget(struct demo_view *view, const char *key, size_t key_len)
{
    for (size_t i = 0; i < view->count; i++) {
        struct view_story *story = &view->stories[i];
        if (strlen(story->id) != key_len || memcmp(story->id, key, key_len) != 0) continue;
        free(story->now.title);
        memmove(story, story + 1, (view->count - i - 1) * sizeof(*story));
        view->count--;
        return;
    }
}

char *demo_view_apply(struct demo_view *view, const char *key, size_t key_len, const char *json, size_t len)
{
    if (json == NULL) {
        forget(view, key, key_len);
        return NULL;
    }
    json_t *summary = json_loadb(json, len, 0, NULL);
    char *line = json_is_object(summary) ? apply_summary(view, summary) : NULL;
    json_decref(summary);
    return line;
}

struct demo_view *demo_view_new(bool colour, int columns)
{
    struct demo_view *view = nw_calloc(1, sizeof(*view));
    view->colour = colour;
    view->columns = columns;
    return view;
}

void demo_view_free(struct demo_view *view)
{
    if (view == NULL) return;
    for (size_t i = 0; i < view->count; i++) free(view->stories[i].now.title);
    free(view->stories);
    free(view);
}

/* ---- the table ---- */

static bool is_shown(const struct view_story *story)
{
    return strcmp(story->now.status, "merged") != 0;
}

static int wider_first(const void *a, const void *b)
{
    const struct view_story *x = *(const struct view_story *const *)a,
                            *y = *(const struct view_story *const *)b;
    if (x->now.sources != y->now.sources) return x->now.sources > y->now.sources ? -1 : 1;
    if (x->now.articles != y->now.articles) return x->now.articles > y->now.articles ? -1 : 1;
    return strcmp(x->id, y->id);
}

size_t demo_view_stories(const struct demo_view *view)
{
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++) count += is_shown(&view->stories[i]);
    return count;
}

char *demo_view_table(const struct demo_view *view)
{
    enum { FIXED_COLUMNS = 8 + 9 + 8 + 3 + BAR_CELLS + 1 + 11 + 2 + 4 };
    const struct view_story **sorted = nw_calloc(view->count + 1, sizeof(const struct view_story *));
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++)
        if (is_shown(&view->stories[i])) sorted[count++] = &view->stories[i];
    qsort(sorted, count, sizeof(sorted[0]), wider_first);

    struct text table = {0};
    int room = view->columns - FIXED_COLUMNS;
    if (room < TITLE_MIN_COLUMNS) room = TITLE_MIN_COLUMNS;
    add(&table, "%7s %8s %7s  %-*s %11s  %s\n", "sources", "articles", "unrated", BAR_CELLS,
        "left, center, right", "percent", "story");
    for (size_t i = 0; i < count; i++) {
        const struct shown *now = &sorted[i]->now;
        add(&table, "%7lld %8lld %7lld  ", (long long)now->sources, (long long)now->articles,
            (long long)now->unrated);
        add_bar(&table, view, now);
        add(&table, " ");
        add_percents(&table, now);
        add(&table, "  %-2s  ", sorted[i]->language);
        add_cut(&table, now->title, room, false);
        add(&table, "%s\n", strcmp(now->status, "closed") == 0 ? " (closed)" : "");
    }
    free((void *)sorted);
    return table.bytes;
}
