#include "articles/url_query.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct parameter {
    const char *text; /* "name=value" */
    size_t len, name_len;
};

/* Parameters that say where a reader came from and never which article it is; lower-case, sorted by
 * nothing: the list is short. When in doubt a name is not in it: two articles taken for one is worse
 * than one counted twice. */
static const char *const tracking_names[] = {
    "fbclid",      "gclid",       "gclsrc",
    "dclid",       "gbraid",      "wbraid",
    "msclkid",     "twclid",      "yclid",
    "ttclid",      "li_fat_id",   "igshid",
    "igsh",        "mc_cid",      "mc_eid",
    "mkt_tok",     "_hsenc",      "_hsmi",
    "hss_channel", "vero_id",     "oly_enc_id",
    "oly_anon_id", "cmpid",       "cmp",
    "ncid",        "icid",        "ocid",
    "ito",         "smid",        "smtyp",
    "soc_src",     "soc_trk",     "ref",
    "ref_src",     "ref_url",     "referrer",
    "referer",     "reflink",     "refer",
    "mod",         "hpt",         "iref",
    "xtor",        "wpisrc",      "wpmm",
    "ftag",        "sr_share",    "s_cid",
    "mbid",        "spm",         "_ga",
    "_gl",         "tpcc",        "taid",
    "linkid",      "sref",        "srnd",
    "srsltid",     "campaign_id", "emc",
    "partner",     "feedtype",    "guccounter",
    "outputtype",  "ocampaign",   "trk",
    "track",       "amp",         "__twitter_impression",
    "amp_js_v",    "usqp",        "phpsessid",
    "jsessionid",  "sessionid",   "share_id",
    "sharetoken",  "cvid",        "wt.mc_id",
};

static const char *const tracking_prefixes[] = {"utm_", "at_", "ns_", "guce_", "pk_", "mtm_", "hsa_", "trk_"};

static bool is_tracking(const struct parameter *p)
{
    for (size_t i = 0; i < sizeof(tracking_prefixes) / sizeof(tracking_prefixes[0]); i++) {
        size_t n = strlen(tracking_prefixes[i]);
        if (p->name_len > n && strncasecmp(p->text, tracking_prefixes[i], n) == 0) return true;
    }
    for (size_t i = 0; i < sizeof(tracking_names) / sizeof(tracking_names[0]); i++) {
        if (strlen(tracking_names[i]) == p->name_len &&
            strncasecmp(p->text, tracking_names[i], p->name_len) == 0)
            return true;
    }
    return false;
}

static int compare_parameters(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
    if (order != 0) return order;
    return x->len < y->len ? -1 : x->len > y->len;
}

static struct parameter parameter_at(const char *text, size_t len)
{
    /* "a=1&amp;b=2": an URL copied out of HTML. */
    while (len >= 4 && strncasecmp(text, "amp;", 4) == 0) {
        text += 4;
        len -= 4;
    }
    const char *equals = memchr(text, '=', len);
    return (struct parameter){text, len, equals != NULL ? (size_t)(equals - text) : len};
}

size_t url_query_clean(struct arena *arena, const char *query, size_t len, char *out)
{
    size_t most = 1;
    for (size_t i = 0; i < len; i++) most += query[i] == '&';
    struct parameter *kept = arena_alloc(arena, most * sizeof(*kept));
    size_t count = 0;
    for (const char *at = query, *end = query + len; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL) stop = end;
        struct parameter p = parameter_at(at, (size_t)(stop - at));
        if (p.len > 0 && !is_tracking(&p)) kept[count++] = p;
        at = stop + 1;
    }
    qsort(kept, count, sizeof(*kept), compare_parameters);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) out[used++] = '&';
        memcpy(out + used, kept[i].text, kept[i].len);
        used += kept[i].len;
    }
    return used;
}
