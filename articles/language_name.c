#include "articles/language_name.h"

#include <string.h>

#include "articles/utf8.h"

/* ISO 639-1, ISO 639-2/T, English name as utf8_fold_name() gives it. */
/* clang-format off */
static const struct {
    char code2[3], code3[4];
    const char *name;
} languages[] = {
    {"aa", "aar", "afar"}, {"ab", "abk", "abkhazian"}, {"ae", "ave", "avestan"},
    {"af", "afr", "afrikaans"}, {"ak", "aka", "akan"}, {"am", "amh", "amharic"},
    {"an", "arg", "aragonese"}, {"ar", "ara", "arabic"}, {"as", "asm", "assamese"},
    {"av", "ava", "avaric"}, {"ay", "aym", "aymara"}, {"az", "aze", "azerbaijani"},
    {"ba", "bak", "bashkir"}, {"be", "bel", "belarusian"}, {"bg", "bul", "bulgarian"},
    {"bi", "bis", "bislama"}, {"bm", "bam", "bambara"}, {"bn", "ben", "bengali"},
    {"bo", "bod", "tibetan"}, {"br", "bre", "breton"}, {"bs", "bos", "bosnian"},
    {"ca", "cat", "catalan"}, {"ce", "che", "chechen"}, {"ch", "cha", "chamorro"},
    {"co", "cos", "corsican"}, {"cr", "cre", "cree"}, {"cs", "ces", "czech"},
    {"cu", "chu", "churchslavic"}, {"cv", "chv", "chuvash"}, {"cy", "cym", "welsh"},
    {"da", "dan", "danish"}, {"de", "deu", "german"}, {"dv", "div", "divehi"},
    {"dz", "dzo", "dzongkha"}, {"ee", "ewe", "ewe"}, {"el", "ell", "greek"}, {"en", "eng", "english"},
    {"eo", "epo", "esperanto"}, {"es", "spa", "spanish"}, {"et", "est", "estonian"},
    {"eu", "eus", "basque"}, {"fa", "fas", "persian"}, {"ff", "ful", "fula"}, {"fi", "fin", "finnish"},
    {"fj", "fij", "fijian"}, {"fo", "fao", "faroese"}, {"fr", "fra", "french"},
    {"fy", "fry", "frisian"}, {"ga", "gle", "irish"}, {"gd", "gla", "scottishgaelic"},
    {"gl", "glg", "galician"}, {"gn", "grn", "guarani"}, {"gu", "guj", "gujarati"},
    {"gv", "glv", "manx"}, {"ha", "hau", "hausa"}, {"he", "heb", "hebrew"}, {"hi", "hin", "hindi"},
    {"ho", "hmo", "hirimotu"}, {"hr", "hrv", "croatian"}, {"ht", "hat", "haitiancreole"},
    {"hu", "hun", "hungarian"}, {"hy", "hye", "armenian"}, {"hz", "her", "herero"},
    {"ia", "ina", "interlingua"}, {"id", "ind", "indonesian"}, {"ie", "ile", "interlingue"},
    {"ig", "ibo", "igbo"}, {"ii", "iii", "sichuanyi"}, {"ik", "ipk", "inupiaq"}, {"io", "ido", "ido"},
    {"is", "isl", "icelandic"}, {"it", "ita", "italian"}, {"iu", "iku", "inuktitut"},
    {"ja", "jpn", "japanese"}, {"jv", "jav", "javanese"}, {"ka", "kat", "georgian"},
    {"kg", "kon", "kongo"}, {"ki", "kik", "kikuyu"}, {"kj", "kua", "kuanyama"}, {"kk", "kaz", "kazakh"},
    {"kl", "kal", "kalaallisut"}, {"km", "khm", "khmer"}, {"kn", "kan", "kannada"},
    {"ko", "kor", "korean"}, {"kr", "kau", "kanuri"}, {"ks", "kas", "kashmiri"},
    {"ku", "kur", "kurdish"}, {"kv", "kom", "komi"}, {"kw", "cor", "cornish"}, {"ky", "kir", "kyrgyz"},
    {"la", "lat", "latin"}, {"lb", "ltz", "luxembourgish"}, {"lg", "lug", "ganda"},
    {"li", "lim", "limburgish"}, {"ln", "lin", "lingala"}, {"lo", "lao", "lao"},
    {"lt", "lit", "lithuanian"}, {"lu", "lub", "lubakatanga"}, {"lv", "lav", "latvian"},
    {"mg", "mlg", "malagasy"}, {"mh", "mah", "marshallese"}, {"mi", "mri", "maori"},
    {"mk", "mkd", "macedonian"}, {"ml", "mal", "malayalam"}, {"mn", "mon", "mongolian"},
    {"mr", "mar", "marathi"}, {"ms", "msa", "malay"}, {"mt", "mlt", "maltese"},
    {"my", "mya", "burmese"}, {"na", "nau", "nauru"}, {"nd", "nde", "northndebele"},
    {"ne", "nep", "nepali"}, {"ng", "ndo", "ndonga"}, {"nl", "nld", "dutch"},
    {"nn", "nno", "norwegiannynorsk"}, {"no", "nor", "norwegian"}, {"nr", "nbl", "southndebele"},
    {"nv", "nav", "navajo"}, {"ny", "nya", "nyanja"}, {"oc", "oci", "occitan"}, {"oj", "oji", "ojibwa"},
    {"om", "orm", "oromo"}, {"or", "ori", "odia"}, {"os", "oss", "ossetic"}, {"pa", "pan", "punjabi"},
    {"pi", "pli", "pali"}, {"pl", "pol", "polish"}, {"ps", "pus", "pashto"},
    {"pt", "por", "portuguese"}, {"qu", "que", "quechua"}, {"rm", "roh", "romansh"},
    {"rn", "run", "rundi"}, {"ro", "ron", "romanian"}, {"ru", "rus", "russian"},
    {"rw", "kin", "kinyarwanda"}, {"sa", "san", "sanskrit"}, {"sc", "srd", "sardinian"},
    {"sd", "snd", "sindhi"}, {"se", "sme", "northernsami"}, {"sg", "sag", "sango"},
    {"si", "sin", "sinhala"}, {"sk", "slk", "slovak"}, {"sl", "slv", "slovenian"},
    {"sm", "smo", "samoan"}, {"sn", "sna", "shona"}, {"so", "som", "somali"}, {"sq", "sqi", "albanian"},
    {"sr", "srp", "serbian"}, {"ss", "ssw", "swati"}, {"st", "sot", "southernsotho"},
    {"su", "sun", "sundanese"}, {"sv", "swe", "swedish"}, {"sw", "swa", "swahili"},
    {"ta", "tam", "tamil"}, {"te", "tel", "telugu"}, {"tg", "tgk", "tajik"}, {"th", "tha", "thai"},
    {"ti", "tir", "tigrinya"}, {"tk", "tuk", "turkmen"}, {"tl", "tgl", "tagalog"},
    {"tn", "tsn", "tswana"}, {"to", "ton", "tongan"}, {"tr", "tur", "turkish"}, {"ts", "tso", "tsonga"},
    {"tt", "tat", "tatar"}, {"tw", "twi", "twi"}, {"ty", "tah", "tahitian"}, {"ug", "uig", "uyghur"},
    {"uk", "ukr", "ukrainian"}, {"ur", "urd", "urdu"}, {"uz", "uzb", "uzbek"}, {"ve", "ven", "venda"},
    {"vi", "vie", "vietnamese"}, {"vo", "vol", "volapuk"}, {"wa", "wln", "walloon"},
    {"wo", "wol", "wolof"}, {"xh", "xho", "xhosa"}, {"yi", "yid", "yiddish"}, {"yo", "yor", "yoruba"},
    {"za", "zha", "zhuang"}, {"zh", "zho", "chinese"}, {"zu", "zul", "zulu"},
};

/* Other codes (639-2/B, withdrawn, members of a macrolanguage, without a 639-1 code) and names. */
static const struct {
    const char *text;
    char code[4];
} other_names[] = {
    {"alb", "sq"}, {"arm", "hy"}, {"baq", "eu"}, {"bur", "my"}, {"chi", "zh"}, {"cze", "cs"},
    {"dut", "nl"}, {"fre", "fr"}, {"geo", "ka"}, {"ger", "de"}, {"gre", "el"}, {"ice", "is"},
    {"mac", "mk"}, {"mao", "mi"}, {"may", "ms"}, {"per", "fa"}, {"rum", "ro"}, {"slo", "sk"},
    {"tib", "bo"}, {"wel", "cy"}, {"iw", "he"}, {"in", "id"}, {"ji", "yi"}, {"jw", "jv"}, {"mo", "ro"},
    {"mol", "ro"}, {"sh", "sr"}, {"scc", "sr"}, {"scr", "hr"}, {"nb", "no"}, {"nob", "no"},
    {"fil", "tl"}, {"cmn", "zh"}, {"arb", "ar"}, {"swh", "sw"}, {"zsm", "ms"}, {"zlm", "ms"},
    {"ekk", "et"}, {"lvs", "lv"}, {"pes", "fa"}, {"prs", "fa"}, {"npi", "ne"}, {"ory", "or"},
    {"als", "sq"}, {"khk", "mn"}, {"azj", "az"}, {"uzn", "uz"}, {"plt", "mg"}, {"gug", "gn"},
    {"ydd", "yi"}, {"pbt", "ps"}, {"pbu", "ps"}, {"kmr", "ku"}, {"ceb", "ceb"}, {"haw", "haw"},
    {"hmn", "hmn"}, {"sco", "sco"}, {"war", "war"}, {"ast", "ast"}, {"yue", "yue"}, {"nds", "nds"},
    {"gsw", "gsw"}, {"scn", "scn"}, {"vec", "vec"}, {"ckb", "ckb"}, {"hsb", "hsb"}, {"dsb", "dsb"},
    {"fur", "fur"}, {"pap", "pap"}, {"ilo", "ilo"}, {"kab", "kab"}, {"norwegianbokmal", "no"},
    {"bokmal", "no"}, {"nynorsk", "nn"}, {"mandarin", "zh"}, {"mandarinchinese", "zh"},
    {"simplifiedchinese", "zh"}, {"traditionalchinese", "zh"}, {"cantonese", "yue"}, {"farsi", "fa"},
    {"dari", "fa"}, {"filipino", "tl"}, {"bangla", "bn"}, {"oriya", "or"}, {"kirghiz", "ky"},
    {"uighur", "ug"}, {"westernfrisian", "fy"}, {"gaelic", "gd"}, {"serbocroatian", "sr"},
    {"moldovan", "ro"}, {"moldavian", "ro"}, {"castilian", "es"}, {"flemish", "nl"}, {"slovene", "sl"},
    {"haitian", "ht"}, {"pushto", "ps"}, {"panjabi", "pa"}, {"valencian", "ca"},
    {"brazilianportuguese", "pt"}, {"cebuano", "ceb"}, {"hawaiian", "haw"}, {"hmong", "hmn"},
    {"asturian", "ast"}, {"sorani", "ckb"}, {"deutsch", "de"}, {"francais", "fr"}, {"espanol", "es"},
    {"italiano", "it"}, {"portugues", "pt"}, {"nederlands", "nl"}, {"svenska", "sv"}, {"norsk", "no"},
    {"dansk", "da"}, {"suomi", "fi"}, {"polski", "pl"}, {"cestina", "cs"}, {"slovencina", "sk"},
    {"magyar", "hu"}, {"romana", "ro"}, {"turkce", "tr"}, {"hrvatski", "hr"}, {"srpski", "sr"},
    {"slovenscina", "sl"}, {"shqip", "sq"}, {"catala", "ca"}, {"euskara", "eu"}, {"galego", "gl"},
    {"bahasaindonesia", "id"}, {"bahasamelayu", "ms"}, {"tiengviet", "vi"},
};
/* clang-format on */

static const char *find_folded(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
        const char *wanted = len == 2   ? languages[i].code2
                             : len == 3 ? languages[i].code3
                                        : languages[i].name;
        if (strcmp(wanted, name) == 0) return languages[i].code2;
    }
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
        if (strcmp(other_names[i].text, name) == 0) return other_names[i].code;
    return "";
}

const char *language_name_code(const char *text, size_t len)
{
    /* "en-US", "en_GB.UTF-8", "zh-Hans-CN", "Chinese (Simplified)", "English; French": the first part. */
    char name[UTF8_FOLDED_MAX + 1];
    size_t tag = 0;
    while (tag < len && strchr("-_.(;,/", text[tag]) == NULL) tag++;
    size_t n = utf8_fold_name(text, tag, name);
    const char *code = find_folded(name, n);
    if (code[0] != '\0' || tag == len) return code;
    n = utf8_fold_name(text, len, name); /* "Serbo-Croatian" */
    return find_folded(name, n);
}
