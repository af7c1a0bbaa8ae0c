#include "articles/country_name.h"

#include <string.h>

#include "articles/utf8.h"

/* alpha-2, alpha-3, English name as utf8_fold_name() gives it. */
/* clang-format off */
static const struct {
    char alpha2[3], alpha3[4];
    const char *name;
} countries[] = {
    {"AD", "and", "andorra"}, {"AE", "are", "unitedarabemirates"}, {"AF", "afg", "afghanistan"},
    {"AG", "atg", "antiguaandbarbuda"}, {"AI", "aia", "anguilla"}, {"AL", "alb", "albania"},
    {"AM", "arm", "armenia"}, {"AO", "ago", "angola"}, {"AQ", "ata", "antarctica"},
    {"AR", "arg", "argentina"}, {"AS", "asm", "americansamoa"}, {"AT", "aut", "austria"},
    {"AU", "aus", "australia"}, {"AW", "abw", "aruba"}, {"AX", "ala", "alandislands"},
    {"AZ", "aze", "azerbaijan"}, {"BA", "bih", "bosniaandherzegovina"}, {"BB", "brb", "barbados"},
    {"BD", "bgd", "bangladesh"}, {"BE", "bel", "belgium"}, {"BF", "bfa", "burkinafaso"},
    {"BG", "bgr", "bulgaria"}, {"BH", "bhr", "bahrain"}, {"BI", "bdi", "burundi"},
    {"BJ", "ben", "benin"}, {"BL", "blm", "stbarthelemy"}, {"BM", "bmu", "bermuda"},
    {"BN", "brn", "brunei"}, {"BO", "bol", "bolivia"}, {"BQ", "bes", "caribbeannetherlands"},
    {"BR", "bra", "brazil"}, {"BS", "bhs", "bahamas"}, {"BT", "btn", "bhutan"},
    {"BV", "bvt", "bouvetisland"}, {"BW", "bwa", "botswana"}, {"BY", "blr", "belarus"},
    {"BZ", "blz", "belize"}, {"CA", "can", "canada"}, {"CC", "cck", "cocosislands"},
    {"CD", "cod", "drcongo"}, {"CF", "caf", "centralafricanrepublic"}, {"CG", "cog", "congo"},
    {"CH", "che", "switzerland"}, {"CI", "civ", "cotedivoire"}, {"CK", "cok", "cookislands"},
    {"CL", "chl", "chile"}, {"CM", "cmr", "cameroon"}, {"CN", "chn", "china"},
    {"CO", "col", "colombia"}, {"CR", "cri", "costarica"}, {"CU", "cub", "cuba"},
    {"CV", "cpv", "capeverde"}, {"CW", "cuw", "curacao"}, {"CX", "cxr", "christmasisland"},
    {"CY", "cyp", "cyprus"}, {"CZ", "cze", "czechia"}, {"DE", "deu", "germany"},
    {"DJ", "dji", "djibouti"}, {"DK", "dnk", "denmark"}, {"DM", "dma", "dominica"},
    {"DO", "dom", "dominicanrepublic"}, {"DZ", "dza", "algeria"}, {"EC", "ecu", "ecuador"},
    {"EE", "est", "estonia"}, {"EG", "egy", "egypt"}, {"EH", "esh", "westernsahara"},
    {"ER", "eri", "eritrea"}, {"ES", "esp", "spain"}, {"ET", "eth", "ethiopia"},
    {"FI", "fin", "finland"}, {"FJ", "fji", "fiji"}, {"FK", "flk", "falklandislands"},
    {"FM", "fsm", "micronesia"}, {"FO", "fro", "faroeislands"}, {"FR", "fra", "france"},
    {"GA", "gab", "gabon"}, {"GB", "gbr", "unitedkingdom"}, {"GD", "grd", "grenada"},
    {"GE", "geo", "georgia"}, {"GF", "guf", "frenchguiana"}, {"GG", "ggy", "guernsey"},
    {"GH", "gha", "ghana"}, {"GI", "gib", "gibraltar"}, {"GL", "grl", "greenland"},
    {"GM", "gmb", "gambia"}, {"GN", "gin", "guinea"}, {"GP", "glp", "guadeloupe"},
    {"GQ", "gnq", "equatorialguinea"}, {"GR", "grc", "greece"},
    {"GS", "sgs", "southgeorgiaandsouthsandwichislands"}, {"GT", "gtm", "guatemala"},
    {"GU", "gum", "guam"}, {"GW", "gnb", "guineabissau"}, {"GY", "guy", "guyana"},
    {"HK", "hkg", "hongkong"}, {"HM", "hmd", "heardandmcdonaldislands"}, {"HN", "hnd", "honduras"},
    {"HR", "hrv", "croatia"}, {"HT", "hti", "haiti"}, {"HU", "hun", "hungary"},
    {"ID", "idn", "indonesia"}, {"IE", "irl", "ireland"}, {"IL", "isr", "israel"},
    {"IM", "imn", "isleofman"}, {"IN", "ind", "india"}, {"IO", "iot", "britishindianoceanterritory"},
    {"IQ", "irq", "iraq"}, {"IR", "irn", "iran"}, {"IS", "isl", "iceland"}, {"IT", "ita", "italy"},
    {"JE", "jey", "jersey"}, {"JM", "jam", "jamaica"}, {"JO", "jor", "jordan"}, {"JP", "jpn", "japan"},
    {"KE", "ken", "kenya"}, {"KG", "kgz", "kyrgyzstan"}, {"KH", "khm", "cambodia"},
    {"KI", "kir", "kiribati"}, {"KM", "com", "comoros"}, {"KN", "kna", "stkittsandnevis"},
    {"KP", "prk", "northkorea"}, {"KR", "kor", "southkorea"}, {"KW", "kwt", "kuwait"},
    {"KY", "cym", "caymanislands"}, {"KZ", "kaz", "kazakhstan"}, {"LA", "lao", "laos"},
    {"LB", "lbn", "lebanon"}, {"LC", "lca", "stlucia"}, {"LI", "lie", "liechtenstein"},
    {"LK", "lka", "srilanka"}, {"LR", "lbr", "liberia"}, {"LS", "lso", "lesotho"},
    {"LT", "ltu", "lithuania"}, {"LU", "lux", "luxembourg"}, {"LV", "lva", "latvia"},
    {"LY", "lby", "libya"}, {"MA", "mar", "morocco"}, {"MC", "mco", "monaco"}, {"MD", "mda", "moldova"},
    {"ME", "mne", "montenegro"}, {"MF", "maf", "stmartin"}, {"MG", "mdg", "madagascar"},
    {"MH", "mhl", "marshallislands"}, {"MK", "mkd", "northmacedonia"}, {"ML", "mli", "mali"},
    {"MM", "mmr", "myanmar"}, {"MN", "mng", "mongolia"}, {"MO", "mac", "macao"},
    {"MP", "mnp", "northernmarianaislands"}, {"MQ", "mtq", "martinique"}, {"MR", "mrt", "mauritania"},
    {"MS", "msr", "montserrat"}, {"MT", "mlt", "malta"}, {"MU", "mus", "mauritius"},
    {"MV", "mdv", "maldives"}, {"MW", "mwi", "malawi"}, {"MX", "mex", "mexico"},
    {"MY", "mys", "malaysia"}, {"MZ", "moz", "mozambique"}, {"NA", "nam", "namibia"},
    {"NC", "ncl", "newcaledonia"}, {"NE", "ner", "niger"}, {"NF", "nfk", "norfolkisland"},
    {"NG", "nga", "nigeria"}, {"NI", "nic", "nicaragua"}, {"NL", "nld", "netherlands"},
    {"NO", "nor", "norway"}, {"NP", "npl", "nepal"}, {"NR", "nru", "nauru"}, {"NU", "niu", "niue"},
    {"NZ", "nzl", "newzealand"}, {"OM", "omn", "oman"}, {"PA", "pan", "panama"}, {"PE", "per", "peru"},
    {"PF", "pyf", "frenchpolynesia"}, {"PG", "png", "papuanewguinea"}, {"PH", "phl", "philippines"},
    {"PK", "pak", "pakistan"}, {"PL", "pol", "poland"}, {"PM", "spm", "stpierreandmiquelon"},
    {"PN", "pcn", "pitcairnislands"}, {"PR", "pri", "puertorico"}, {"PS", "pse", "palestine"},
    {"PT", "prt", "portugal"}, {"PW", "plw", "palau"}, {"PY", "pry", "paraguay"},
    {"QA", "qat", "qatar"}, {"RE", "reu", "reunion"}, {"RO", "rou", "romania"}, {"RS", "srb", "serbia"},
    {"RU", "rus", "russia"}, {"RW", "rwa", "rwanda"}, {"SA", "sau", "saudiarabia"},
    {"SB", "slb", "solomonislands"}, {"SC", "syc", "seychelles"}, {"SD", "sdn", "sudan"},
    {"SE", "swe", "sweden"}, {"SG", "sgp", "singapore"}, {"SH", "shn", "sthelena"},
    {"SI", "svn", "slovenia"}, {"SJ", "sjm", "svalbardandjanmayen"}, {"SK", "svk", "slovakia"},
    {"SL", "sle", "sierraleone"}, {"SM", "smr", "sanmarino"}, {"SN", "sen", "senegal"},
    {"SO", "som", "somalia"}, {"SR", "sur", "suriname"}, {"SS", "ssd", "southsudan"},
    {"ST", "stp", "saotomeandprincipe"}, {"SV", "slv", "elsalvador"}, {"SX", "sxm", "sintmaarten"},
    {"SY", "syr", "syria"}, {"SZ", "swz", "eswatini"}, {"TC", "tca", "turksandcaicosislands"},
    {"TD", "tcd", "chad"}, {"TF", "atf", "frenchsouthernterritories"}, {"TG", "tgo", "togo"},
    {"TH", "tha", "thailand"}, {"TJ", "tjk", "tajikistan"}, {"TK", "tkl", "tokelau"},
    {"TL", "tls", "timorleste"}, {"TM", "tkm", "turkmenistan"}, {"TN", "tun", "tunisia"},
    {"TO", "ton", "tonga"}, {"TR", "tur", "turkey"}, {"TT", "tto", "trinidadandtobago"},
    {"TV", "tuv", "tuvalu"}, {"TW", "twn", "taiwan"}, {"TZ", "tza", "tanzania"},
    {"UA", "ukr", "ukraine"}, {"UG", "uga", "uganda"}, {"UM", "umi", "usoutlyingislands"},
    {"US", "usa", "unitedstates"}, {"UY", "ury", "uruguay"}, {"UZ", "uzb", "uzbekistan"},
    {"VA", "vat", "vaticancity"}, {"VC", "vct", "stvincentandgrenadines"}, {"VE", "ven", "venezuela"},
    {"VG", "vgb", "britishvirginislands"}, {"VI", "vir", "usvirginislands"}, {"VN", "vnm", "vietnam"},
    {"VU", "vut", "vanuatu"}, {"WF", "wlf", "wallisandfutuna"}, {"WS", "wsm", "samoa"},
    {"XK", "xkk", "kosovo"}, {"YE", "yem", "yemen"}, {"YT", "myt", "mayotte"},
    {"ZA", "zaf", "southafrica"}, {"ZM", "zmb", "zambia"}, {"ZW", "zwe", "zimbabwe"},
};

/* Other names, folded likewise. */
static const struct {
    const char *name;
    char alpha2[3];
} other_names[] = {
    {"uk", "GB"}, {"unitedstatesofamerica", "US"}, {"usa", "US"}, {"america", "US"},
    {"greatbritain", "GB"}, {"britain", "GB"}, {"england", "GB"}, {"scotland", "GB"}, {"wales", "GB"},
    {"northernireland", "GB"}, {"unitedkingdomofgreatbritainandnorthernireland", "GB"},
    {"russianfederation", "RU"}, {"republicofkorea", "KR"}, {"korearepublicof", "KR"}, {"korea", "KR"},
    {"democraticpeoplesrepublicofkorea", "KP"}, {"ivorycoast", "CI"}, {"cotedivoire", "CI"},
    {"burma", "MM"}, {"myanmarburma", "MM"}, {"czechrepublic", "CZ"}, {"macedonia", "MK"},
    {"turkiye", "TR"}, {"swaziland", "SZ"}, {"capeverde", "CV"}, {"caboverde", "CV"},
    {"easttimor", "TL"}, {"palestinianterritories", "PS"}, {"palestinianterritory", "PS"},
    {"stateofpalestine", "PS"}, {"westbank", "PS"}, {"gazastrip", "PS"}, {"vaticancityholysee", "VA"},
    {"holysee", "VA"}, {"vatican", "VA"}, {"iranislamicrepublicof", "IR"}, {"syrianarabrepublic", "SY"},
    {"laopeoplesdemocraticrepublic", "LA"}, {"vietnamsocialistrepublicof", "VN"}, {"vietnam", "VN"},
    {"moldovarepublicof", "MD"}, {"tanzaniaunitedrepublicof", "TZ"},
    {"boliviaplurinationalstateof", "BO"}, {"venezuelabolivarianrepublicof", "VE"},
    {"taiwanprovinceofchina", "TW"}, {"bruneidarussalam", "BN"}, {"hongkongsarchina", "HK"},
    {"macau", "MO"}, {"macaosarchina", "MO"}, {"congokinshasa", "CD"}, {"congobrazzaville", "CG"},
    {"democraticrepublicofthecongo", "CD"}, {"democraticrepublicofcongo", "CD"},
    {"republicofthecongo", "CG"}, {"congorepublic", "CG"}, {"thebahamas", "BS"}, {"thegambia", "GM"},
    {"micronesiafederatedstatesof", "FM"}, {"federatedstatesofmicronesia", "FM"},
    {"falklandislandsislasmalvinas", "FK"}, {"virginislands", "VI"}, {"saintlucia", "LC"},
    {"saintkittsandnevis", "KN"}, {"saintvincentandthegrenadines", "VC"},
    {"saintvincentandgrenadines", "VC"}, {"stvincentandthegrenadines", "VC"}, {"sainthelena", "SH"},
    {"saintpierreandmiquelon", "PM"}, {"antiguabarbuda", "AG"}, {"bosnia", "BA"},
    {"bosniaherzegovina", "BA"}, {"trinidad", "TT"}, {"uae", "AE"}, {"holland", "NL"},
    {"thenetherlands", "NL"}, {"slovakrepublic", "SK"}, {"peoplesrepublicofchina", "CN"},
    {"republicofireland", "IE"}, {"serbiaandmontenegro", "RS"}, {"faeroeislands", "FO"},
    {"deutschland", "DE"}, {"osterreich", "AT"}, {"schweiz", "CH"}, {"espana", "ES"}, {"italia", "IT"},
    {"brasil", "BR"},
};
/* clang-format on */

const char *country_name_code(const char *text, size_t len)
{
    char name[UTF8_FOLDED_MAX + 1];
    size_t n = utf8_fold_name(text, len, name);
    if (n == 0) return "";
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
        if (strcmp(other_names[i].name, name) == 0) return other_names[i].alpha2;
    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
        const char *alpha2 = countries[i].alpha2;
        if (n == 2 ? (alpha2[0] | 0x20) == name[0] && (alpha2[1] | 0x20) == name[1]
                   : strcmp(n == 3 ? countries[i].alpha3 : countries[i].name, name) == 0)
            return alpha2;
    }
    return "";
}
