#include "coverage/agency.h"

#include <string.h>

enum { NAMES_MAX = 4, DOMAINS_MAX = 3, KEY_MAX = 40 };

static const struct agency {
    const char *names[NAMES_MAX]; /* lower case, letters only */
    const char *domains[DOMAINS_MAX];
} agencies[] = {
    {{"", "", "", ""}, {"", "", ""}}, /* AGENCY_NONE */
    {{"reuters", "thomsonreuters", NULL, NULL}, {"reuters.com", NULL, NULL}},
    {{"ap", "associatedpress", "theassociatedpress", "apnews"}, {"apnews.com", "ap.org", NULL}},
    {{"afp", "agencefrancepresse", "afpbb", NULL}, {"afp.com", "afpbb.com", NULL}},
    {{"upi", "unitedpressinternational", NULL, NULL}, {"upi.com", NULL, NULL}},
    {{"dpa", "deutschepresseagentur", "dpaafx", NULL}, {"dpa.com", "dpa-international.com", NULL}},
    {{"efe", "agenciaefe", NULL, NULL}, {"efe.com", NULL, NULL}},
    {{"ansa", NULL, NULL, NULL}, {"ansa.it", NULL, NULL}},
    {{"pa", "pamedia", "pressassociation", "thepressassociation"}, {"pa.media", "pamediagroup.com", NULL}},
    {{"aap", "australianassociatedpress", NULL, NULL}, {"aap.com.au", "aapnews.com.au", NULL}},
    {{"canadianpress", "thecanadianpress", NULL, NULL}, {"thecanadianpress.com", NULL, NULL}},
    {{"xinhua", "xinhuanewsagency", NULL, NULL}, {"xinhuanet.com", "news.cn", NULL}},
    {{"tass", "itartass", NULL, NULL}, {"tass.com", "tass.ru", NULL}},
    {{"interfax", NULL, NULL, NULL}, {"interfax.ru", "interfax.com", NULL}},
    {{"kyodo", "kyodonews", NULL, NULL}, {"kyodonews.net", "kyodonews.jp", NULL}},
    {{"jiji", "jijipress", NULL, NULL}, {"jiji.com", NULL, NULL}},
    {{"yonhap", "yonhapnewsagency", NULL, NULL}, {"yna.co.kr", NULL, NULL}},
    {{"pti", "presstrustofindia", NULL, NULL}, {"ptinews.com", NULL, NULL}},
    {{"ani", NULL, NULL, NULL}, {"aninews.in", NULL, NULL}},
    {{"ians", NULL, NULL, NULL}, {"ians.in", NULL, NULL}},
    {{"apa", "austriapresseagentur", NULL, NULL}, {"apa.at", NULL, NULL}},
    {{"keystonesda", "keystoneats", "sda", "ats"}, {"keystone-sda.ch", NULL, NULL}},
    {{"belga", NULL, NULL, NULL}, {"belga.be", "belganewsagency.eu", NULL}},
    {{"anp", NULL, NULL, NULL}, {"anp.nl", NULL, NULL}},
    {{"ntb", NULL, NULL, NULL}, {"ntb.no", NULL, NULL}},
    {{"ritzau", NULL, NULL, NULL}, {"ritzau.dk", NULL, NULL}},
    {{"lusa", "agencialusa", NULL, NULL}, {"lusa.pt", NULL, NULL}},
    {{"pap", "polskaagencjaprasowa", NULL, NULL}, {"pap.pl", NULL, NULL}},
    {{"ctk", NULL, NULL, NULL}, {"ctk.cz", "ceskenoviny.cz", NULL}},
    {{"anadolu", "anadoluagency", "aa", NULL}, {"aa.com.tr", NULL, NULL}},
    {{"europapress", NULL, NULL, NULL}, {"europapress.es", NULL, NULL}},
    {{"adnkronos", NULL, NULL, NULL}, {"adnkronos.com", NULL, NULL}},
    {{"ukrinform", NULL, NULL, NULL}, {"ukrinform.net", "ukrinform.ua", NULL}},
};

static const size_t agency_count = sizeof(agencies) / sizeof(agencies[0]);

unsigned agency_of_source(const char *source)
{
    for (unsigned i = 1; i < agency_count; i++)
        for (size_t j = 0; j < DOMAINS_MAX && agencies[i].domains[j] != NULL; j++)
            if (strcmp(agencies[i].domains[j], source) == 0) return i;
    return AGENCY_NONE;
}

unsigned agency_of_name(const char *name, size_t len)
{
    char key[KEY_MAX];
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
        if (c < 'a' || c > 'z') continue;
        if (used + 1 == KEY_MAX) return AGENCY_NONE;
        key[used++] = c;
    }
    key[used] = '\0';
    if (used == 0) return AGENCY_NONE;
    for (unsigned i = 1; i < agency_count; i++)
        for (size_t j = 0; j < NAMES_MAX && agencies[i].names[j] != NULL; j++)
            if (strcmp(agencies[i].names[j], key) == 0) return i;
    return AGENCY_NONE;
}
