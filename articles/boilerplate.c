#include "articles/boilerplate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const char *const phrases[] = {
    /* en */
    "sign up",
    "signing up",
    "subscribe to",
    "subscribe now",
    "subscribers only",
    "already a subscriber",
    "read more",
    "read also",
    "click here",
    "our newsletter",
    "newsletter",
    "newsletters",
    "all rights reserved",
    "follow us",
    "use cookies",
    "uses cookies",
    "cookie policy",
    "cookies policy",
    "accept cookies",
    "privacy policy",
    "terms of service",
    "terms of use",
    "terms and conditions",
    "download the app",
    "download our app",
    "share this article",
    "share this story",
    "support our journalism",
    "enable javascript",
    "log in to",
    "create an account",
    "advertisement",
    "this article was originally published",
    "this story was originally",

    "contributed to this report",
    "contributed to this story",
    "reporting by",
    "editing by",
    "getty images",
    "photo by",
    "photograph by",
    "file photo",
    "photo credit",
    "image credit",
    "image source",
    "image caption",
    "pictured above",
    "pictured here",
    "pictured left",
    "pictured right",
    "this photo",
    "toggle caption",
    "enlarge this image",
    "hide caption",
    "caption by",
    "this file image",
    "this file picture",
    "photo released",
    "image released",
    "photo shows",
    "photo provided",
    "undated photo",
    "handout photo",
    "handout picture",
    "photo taken",
    "related story",
    "updated at",
    "sign in to",
    "free trial",
    "tap here",
    "listen to this",
    "view gallery",
    "cookie settings",
    "manage cookies",
    "your inbox",
    "this website uses",
    "this site uses",
    "your browser",
    "ad blocker",
    "watch below",
    "watch the video",
    "related article",
    "related articles",
    "related stories",
    "recommended stories",
    "continue reading",
    "story continues",
    "scroll down",
    "breaking news alerts",
    "affiliate commission",
    "may earn a commission",
    "ap photo",
    "may not be published",
    /* de */
    "jetzt anmelden",
    "hier anmelden",
    "jetzt abonnieren",
    "lesen sie auch",
    "lesen sie hier",
    "mehr zum thema",
    "alle rechte vorbehalten",
    "cookies zustimmen",
    "verwendet cookies",
    "datenschutzerklärung",
    "zum newsletter",
    "hier klicken",
    "folgen sie uns",
    "symbolbild",
    "quelle: dpa",
    "weiterlesen",
    "archivbild",
    "foto dpa",
    "foto imago",
    "bildquelle",
    "imago images",
    "picture alliance",
    "zum artikel",
    "zur startseite",
    "artikel teilen",
    /* fr */
    "lire aussi",
    "à lire aussi",
    "lire la suite",
    "abonnez-vous",
    "inscrivez-vous",
    "déjà abonné",
    "tous droits réservés",
    "utilise des cookies",
    "politique de confidentialité",
    "cliquez ici",
    "suivez nous",
    "crédit photo",
    "article réservé aux abonnés",
    "réservé aux abonnés",
    "photo afp",
    "photo d'illustration",
    "photo d'archives",
    "voir aussi",
    "recevez gratuitement",
    "accepter les cookies",
    /* es */
    "suscríbete",
    "regístrate",
    "lee también",
    "lea también",
    "leer más",
    "seguir leyendo",
    "todos los derechos reservados",
    "política de privacidad",
    "haz clic aquí",
    "síguenos en",
    "utiliza cookies",
    "foto efe",
    "foto de archivo",
    "imagen de archivo",
    "te puede interesar",
    "mira también",
    "aceptar cookies",
    /* pt */
    "leia mais",
    "leia também",
    "assine já",
    "inscreva-se",
    "todos os direitos reservados",
    "clique aqui",
    "siga nos",
    "política de privacidade",
    "foto reprodução",
    "foto divulgação",
    "veja também",
    /* it */
    "leggi anche",
    "leggi tutto",
    "iscriviti",
    "abbonati",
    "tutti i diritti riservati",
    "riproduzione riservata",
    "clicca qui",
    "seguici su",
    "informativa sulla privacy",
    "foto ansa",
    "guarda anche",
    "foto di repertorio",
    /* nl */
    "lees ook",
    "lees meer",
    "schrijf je in",
    "meld je aan",
    "abonneer je",
    "alle rechten voorbehouden",
    "klik hier",
    "volg ons",
    "foto anp",
    "bekijk ook",
    /* pl, sv, da, no, cs, ro, id */
    "czytaj też",
    "czytaj także",
    "zobacz także",
    "zobacz też",
    "wszelkie prawa zastrzeżone",
    "läs mer",
    "läs också",
    "läs även",
    "prenumerera på",
    "læs også",
    "læs mere",
    "les også",
    "les mer",
    "čtěte také",
    "číst více",
    "citește și",
    "citeşte şi",
    "citește mai mult",
    "baca juga",
    "baca selengkapnya",
    /* ru, uk */
    "читайте также",
    "подписывайтесь",
    "подпишитесь",
    "читать далее",
    "все права защищены",
    "нажмите здесь",
    "читайте також",
    "підписуйтесь",
    "усі права захищені",
    /* ar */
    "اقرأ أيضا",
    "اقرأ المزيد",
    "اشترك الآن",
    "جميع الحقوق محفوظة",
    "تابعونا على",
    /* tr */
    "abone ol",
    "devamını oku",
    "tüm hakları saklıdır",
    "bizi takip edin",
    /* zh, ja, ko, hi */
    "点击查看",
    "阅读更多",
    "版权所有",
    "未经授权",
    "责任编辑",
    "關注我們",
    "関連記事",
    "続きを読む",
    "無断転載",
    "会員登録",
    "무단 전재",
    "재배포 금지",
    "구독하기",
    "यह भी पढ़ें",
    "और पढ़ें",
    "सब्सक्राइब करें",
};

enum { PHRASE_COUNT = sizeof(phrases) / sizeof(phrases[0]), SLOTS = 1024 };

struct phrase {
    uint32_t first, count; /* in hashes */
};

struct boilerplate {
    struct phrase phrases[PHRASE_COUNT];
    uint64_t *hashes;
    size_t hash_count, hash_capacity;
    uint16_t slots[SLOTS]; /* phrase index + 1 by the hash of its first word, linear probing */
};

_Static_assert(PHRASE_COUNT * 2 < SLOTS, "the table stays at most half full");

static void add_phrase(struct boilerplate *b, size_t index, const struct word_list *words)
{
    assert(words->count > 0);
    b->hashes = nw_grow(b->hashes, &b->hash_capacity, b->hash_count + words->count, sizeof(*b->hashes));
    b->phrases[index] = (struct phrase){(uint32_t)b->hash_count, (uint32_t)words->count};
    for (size_t i = 0; i < words->count; i++) b->hashes[b->hash_count++] = words->words[i].hash.lo;
    size_t slot = words->words[0].hash.lo % SLOTS;
    while (b->slots[slot] != 0) slot = (slot + 1) % SLOTS;
    b->slots[slot] = (uint16_t)(index + 1);
}

struct boilerplate *boilerplate_new(const struct fold_table *folds)
{
    struct boilerplate *b = nw_calloc(1, sizeof(*b));
    struct word_list words = {0};
    for (size_t i = 0; i < PHRASE_COUNT; i++) {
        words_split(folds, phrases[i], strlen(phrases[i]), SIZE_MAX, &words);
        add_phrase(b, i, &words);
    }
    words_fini(&words);
    return b;
}

void boilerplate_free(struct boilerplate *boilerplate)
{
    if (boilerplate == NULL) return;
    free(boilerplate->hashes);
    free(boilerplate);
}

static bool matches(const struct boilerplate *b, const struct phrase *phrase, const struct word_list *words,
                    size_t at, size_t to)
{
    if (to - at < phrase->count) return false;
    for (uint32_t i = 0; i < phrase->count; i++)
        if (words->words[at + i].hash.lo != b->hashes[phrase->first + i]) return false;
    return true;
}

bool boilerplate_found(const struct boilerplate *boilerplate, const struct word_list *words, size_t from,
                       size_t to)
{
    for (size_t i = from; i < to; i++)
        for (size_t slot = words->words[i].hash.lo % SLOTS; boilerplate->slots[slot] != 0;
             slot = (slot + 1) % SLOTS)
            if (matches(boilerplate, &boilerplate->phrases[boilerplate->slots[slot] - 1], words, i, to))
                return true;
    return false;
}
