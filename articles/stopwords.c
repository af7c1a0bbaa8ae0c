#include "articles/stopwords.h"

#include <string.h>

/* Bare forms in the order of their bytes. */

static const char *const words_ar[] = {
    "احد",   "اخر",   "اخرى",  "اذ",   "اذا",   "اضاف",   "اقل",    "اكثر", "اكد",   "الا",   "الان",
    "التى",  "التي",  "الذى",  "الذي", "الذين", "اللتان", "اللذان", "الى",  "اليه",  "اليها", "اليهم",
    "اليوم", "ام",    "اما",   "امام", "ان",    "انا",    "انت",    "انتم", "انه",   "انها",  "او",
    "اوليك", "اي",    "اية",   "ايضا", "اين",   "ب",      "بدون",   "بعد",  "بعض",   "بل",    "به",
    "بها",   "بهم",   "بين",   "تحت",  "تكون",  "تلك",    "تم",     "ثم",   "جدا",   "حتى",   "حول",
    "حيث",   "حين",   "خلال",  "خلف",  "دون",   "ذات",    "ذلك",    "سوى",  "ضد",    "عبر",   "على",
    "عليه",  "عليها", "عليهم", "عن",   "عند",   "عندما",  "غير",    "ف",    "فقط",   "فوق",   "في",
    "فيه",   "فيها",  "فيهم",  "قال",  "قالت",  "قبل",    "قد",     "ك",    "كان",   "كانت",  "كانوا",
    "كذلك",  "كل",    "كلا",   "كما",  "كيف",   "ل",      "لا",     "لدى",  "لديه",  "لديها", "لقد",
    "لكن",   "لم",    "لن",    "له",   "لها",   "لهم",    "لو",     "لولا", "ليس",   "ليست",  "ما",
    "ماذا",  "متى",   "مثل",   "مع",   "من",    "منذ",    "منه",    "منها", "منهم",  "نحن",   "نحو",
    "هذا",   "هذه",   "هل",    "هم",   "هن",    "هنا",    "هناك",   "هو",   "هولاء", "هي",    "و",
    "واضاف", "واكد",  "والى",  "وان",  "وذلك",  "وعلى",   "وفي",    "وقال", "وقالت", "وقد",   "وكان",
    "وكانت", "ولا",   "ولكن",  "ولم",  "وما",   "ومن",    "وهو",    "وهي",  "يتم",   "يقول",  "يكون",
    "يوم",
};

static const char *const words_de[] = {
    "aber",    "alle",   "allem",   "allen",   "aller",   "alles",   "als",     "also",    "am",
    "an",      "ander",  "andere",  "anderem", "anderen", "anderer", "anderes", "auch",    "auf",
    "aus",     "bei",    "beim",    "bereits", "bin",     "bis",     "bist",    "da",      "dabei",
    "dadurch", "dafur",  "dagegen", "daher",   "damit",   "danach",  "dann",    "daran",   "darauf",
    "daraus",  "darf",   "darin",   "daruber", "darum",   "das",     "dass",    "davon",   "davor",
    "dazu",    "dein",   "deine",   "dem",     "den",     "denn",    "der",     "deren",   "des",
    "deshalb", "dessen", "dich",    "die",     "dies",    "diese",   "diesem",  "diesen",  "dieser",
    "dieses",  "dir",    "doch",    "dort",    "du",      "durch",   "durfen",  "ein",     "eine",
    "einem",   "einen",  "einer",   "eines",   "einige",  "einigen", "einiger", "einmal",  "er",
    "erst",    "es",     "etwa",    "etwas",   "euch",    "euer",    "fur",     "gegen",   "gewesen",
    "gibt",    "ging",   "hab",     "habe",    "haben",   "hat",     "hatte",   "hatten",  "hier",
    "hin",     "hinter", "ich",     "ihm",     "ihn",     "ihnen",   "ihr",     "ihre",    "ihrem",
    "ihren",   "ihrer",  "im",      "immer",   "in",      "indem",   "ins",     "ist",     "ja",
    "je",      "jede",   "jedem",   "jeden",   "jeder",   "jedes",   "jedoch",  "jetzt",   "kann",
    "kein",    "keine",  "keinem",  "keinen",  "keiner",  "konnen",  "konnte",  "konnten", "laut",
    "mal",     "man",    "manche",  "mehr",    "mein",    "meine",   "mich",    "mir",     "mit",
    "mochte",  "muss",   "mussen",  "musste",  "mussten", "nach",    "nachdem", "nein",    "nicht",
    "nichts",  "noch",   "nun",     "nur",     "ob",      "obwohl",  "oder",    "ohne",    "sagt",
    "sagte",   "schon",  "sehr",    "sei",     "seien",   "sein",    "seine",   "seinem",  "seinen",
    "seiner",  "seit",   "selbst",  "sich",    "sie",     "sind",    "so",      "sogar",   "solche",
    "soll",    "sollen", "sollte",  "sollten", "sondern", "sonst",   "sowie",   "uber",    "uhr",
    "um",      "und",    "uns",     "unser",   "unsere",  "unter",   "viel",    "viele",   "vom",
    "von",     "vor",    "wahrend", "war",     "ware",    "waren",   "warum",   "was",     "wegen",
    "weil",    "weiter", "weitere", "welche",  "welchem", "welchen", "welcher", "wenn",    "wer",
    "werde",   "werden", "wie",     "wieder",  "will",    "wir",     "wird",    "wo",      "wollen",
    "wollte",  "worden", "wurde",   "wurden",  "zu",      "zum",     "zur",     "zwar",    "zwischen",
};

static const char *const words_en[] = {
    "a",        "about",      "above",      "according", "after",      "again",    "against",   "all",
    "almost",   "along",      "already",    "also",      "although",   "always",   "am",        "amid",
    "among",    "an",         "and",        "another",   "any",        "anybody",  "anyone",    "anything",
    "are",      "aren't",     "around",     "as",        "at",         "away",     "back",      "be",
    "became",   "because",    "become",     "been",      "before",     "being",    "below",     "between",
    "both",     "but",        "by",         "came",      "can",        "can't",    "cannot",    "could",
    "couldn't", "did",        "didn't",     "do",        "does",       "doesn't",  "doing",     "don't",
    "done",     "down",       "during",     "each",      "either",     "else",     "ever",      "every",
    "everyone", "everything", "few",        "for",       "from",       "further",  "get",       "gets",
    "getting",  "go",         "goes",       "going",     "got",        "had",      "hadn't",    "has",
    "hasn't",   "have",       "haven't",    "having",    "he",         "he'd",     "he'll",     "her",
    "here",     "hers",       "herself",    "him",       "himself",    "his",      "how",       "however",
    "i",        "i'd",        "i'll",       "i'm",       "i've",       "if",       "in",        "into",
    "is",       "isn't",      "it",         "it'd",      "it'll",      "its",      "itself",    "just",
    "last",     "least",      "less",       "let",       "like",       "many",     "may",       "maybe",
    "me",       "might",      "more",       "most",      "mr",         "mrs",      "ms",        "much",
    "must",     "mustn't",    "my",         "myself",    "neither",    "never",    "no",        "nobody",
    "nor",      "not",        "nothing",    "now",       "of",         "off",      "often",     "on",
    "once",     "one",        "only",       "onto",      "or",         "other",    "others",    "our",
    "ours",     "ourselves",  "out",        "over",      "own",        "per",      "perhaps",   "please",
    "rather",   "really",     "said",       "same",      "saw",        "say",      "saying",    "says",
    "shall",    "shan't",     "she",        "she'd",     "she'll",     "should",   "shouldn't", "since",
    "so",       "some",       "someone",    "something", "still",      "such",     "than",      "that",
    "the",      "their",      "theirs",     "them",      "themselves", "then",     "there",     "these",
    "they",     "they'd",     "they'll",    "they're",   "they've",    "thing",    "things",    "this",
    "those",    "though",     "through",    "thus",      "to",         "together", "told",      "too",
    "toward",   "towards",    "under",      "until",     "up",         "upon",     "us",        "very",
    "via",      "was",        "wasn't",     "we",        "we'd",       "we'll",    "we're",     "we've",
    "well",     "went",       "were",       "weren't",   "what",       "whatever", "when",      "where",
    "whether",  "which",      "while",      "who",       "who'd",      "who'll",   "whom",      "whose",
    "why",      "will",       "with",       "within",    "without",    "won't",    "would",     "wouldn't",
    "yes",      "yet",        "you",        "you'd",     "you'll",     "you're",   "you've",    "your",
    "yours",    "yourself",   "yourselves",
};

static const char *const words_es[] = {
    "a",        "actualmente", "ademas",  "adonde",   "ahi",       "ahora",    "al",      "algo",
    "alguien",  "algun",       "alguna",  "algunas",  "alguno",    "algunos",  "alli",    "ante",
    "antes",    "aquel",       "aquella", "aquellas", "aquello",   "aquellos", "aqui",    "asi",
    "aun",      "aunque",      "bajo",    "bien",     "cada",      "casi",     "como",    "con",
    "contra",   "cosa",        "cual",    "cuales",   "cualquier", "cuando",   "cuanto",  "cuya",
    "cuyo",     "da",          "dar",     "de",       "debe",      "deben",    "decir",   "del",
    "desde",    "despues",     "dice",    "dicen",    "dicho",     "dijo",     "donde",   "dos",
    "durante",  "e",           "el",      "ella",     "ellas",     "ello",     "ellos",   "en",
    "entonces", "entre",       "era",     "eran",     "eres",      "es",       "esa",     "esas",
    "ese",      "eso",         "esos",    "esta",     "estaba",    "estaban",  "estado",  "estamos",
    "estan",    "estar",       "estas",   "este",     "esto",      "estos",    "estoy",   "fin",
    "fue",      "fueron",      "fui",     "gran",     "ha",        "haber",    "habia",   "habian",
    "hace",     "hacen",       "hacer",   "hacia",    "han",       "has",      "hasta",   "hay",
    "haya",     "he",          "hecho",   "hemos",    "incluso",   "la",       "las",     "le",
    "les",      "lo",          "los",     "mas",      "me",        "mediante", "menos",   "mi",
    "mientras", "mis",         "misma",   "mismo",    "mismos",    "mucha",    "muchas",  "mucho",
    "muchos",   "muy",         "nada",    "ni",       "ningun",    "ninguna",  "ninguno", "no",
    "nos",      "nosotros",    "nuestra", "nuestras", "nuestro",   "nuestros", "nunca",   "o",
    "os",       "otra",        "otras",   "otro",     "otros",     "para",     "parte",   "pero",
    "poco",     "poder",       "podria",  "por",      "porque",    "primero",  "pudo",    "puede",
    "pueden",   "pues",        "que",     "quien",    "quienes",   "se",       "sea",     "sean",
    "segun",    "ser",         "sera",    "seran",    "si",        "sido",     "siempre", "siendo",
    "sin",      "sino",        "sobre",   "sola",     "solo",      "somos",    "son",     "soy",
    "su",       "sus",         "tal",     "tambien",  "tampoco",   "tan",      "tanto",   "te",
    "tener",    "tenia",       "ti",      "tiene",    "tienen",    "toda",     "todas",   "todavia",
    "todo",     "todos",       "tras",    "tu",       "tus",       "un",       "una",     "unas",
    "uno",      "unos",        "usted",   "va",       "van",       "varias",   "varios",  "vez",
    "y",        "ya",          "yo",
};

static const char *const words_fr[] = {
    "a",      "afin",        "ai",      "ainsi",    "alors",    "apres",    "as",      "au",        "aucun",
    "aucune", "aujourd'hui", "auquel",  "aussi",    "autre",    "autres",   "aux",     "avaient",   "avais",
    "avait",  "avant",       "avec",    "avez",     "avoir",    "avons",    "bien",    "car",       "ce",
    "ceci",   "cela",        "celle",   "celles",   "celui",    "cent",     "ces",     "cet",       "cette",
    "ceux",   "chaque",      "chez",    "comme",    "comment",  "contre",   "d",       "dans",      "de",
    "dedans", "dehors",      "deja",    "depuis",   "derriere", "des",      "deux",    "devant",    "dire",
    "dit",    "doit",        "donc",    "dont",     "du",       "durant",   "elle",    "elles",     "en",
    "encore", "entre",       "envers",  "es",       "est",      "et",       "etaient", "etait",     "etant",
    "ete",    "etes",        "etre",    "eu",       "eux",      "faire",    "fait",    "fois",      "font",
    "furent", "fut",         "hors",    "ici",      "il",       "ils",      "j",       "je",        "jusqu",
    "jusque", "l",           "la",      "laquelle", "le",       "lequel",   "les",     "lesquels",  "leur",
    "leurs",  "lors",        "lorsque", "lui",      "m",        "ma",       "mais",    "malgre",    "me",
    "meme",   "memes",       "mes",     "mettre",   "mme",      "moi",      "moins",   "mon",       "n",
    "ne",     "ni",          "non",     "nos",      "notre",    "nous",     "on",      "ont",       "ou",
    "par",    "parce",       "parmi",   "pas",      "pendant",  "personne", "peu",     "peut",      "peuvent",
    "plus",   "plusieurs",   "plutot",  "pour",     "pourquoi", "pourrait", "pouvoir", "pres",      "puis",
    "qu",     "quand",       "que",     "quel",     "quelle",   "quelles",  "quelque", "quelques",  "quels",
    "qui",    "quoi",        "s",       "sa",       "sans",     "sauf",     "se",      "selon",     "sera",
    "serait", "seront",      "ses",     "si",       "sinon",    "soit",     "son",     "sont",      "sous",
    "suis",   "sur",         "ta",      "tandis",   "te",       "tel",      "telle",   "tellement", "telles",
    "tels",   "tes",         "toi",     "ton",      "toujours", "tous",     "tout",    "toute",     "toutes",
    "tres",   "trop",        "tu",      "un",       "une",      "va",       "vers",    "voici",     "voila",
    "vont",   "vos",         "votre",   "vous",     "y",
};

static const char *const words_hi[] = {
    "अगर",  "अनुसार", "अपना",  "अपनी",  "अपने",   "अब",   "अभी",   "आज",    "आदि",  "आप",   "इन",   "इनका",
    "इनकी", "इनके",   "इस",    "इसका",  "इसकी",  "इसके",  "इसमें",   "इसलिए", "इसी",  "इसे",   "उन",   "उनका",
    "उनकी", "उनके",   "उनको",  "उन्हें",   "उन्होंने", "उस",   "उसका",  "उसकी",  "उसके",  "उसने",  "उसे",   "एक",
    "एवं",   "ऐसा",   "ऐसी",   "ऐसे",    "और",    "कई",   "कर",    "करता",  "करते",  "करना", "करने",  "करें",
    "कहते",  "कहा",   "का",    "काफी",  "कि",    "किया", "किसी",  "की",    "कुछ",   "के",    "को",   "कोई",
    "कौन",  "क्या",   "क्यों",   "गई",    "गए",    "गया",  "गयी",   "चाहिए", "जब",   "जहां",  "जा",   "जाता",
    "जाती", "जाते",   "जाना",  "जाने",   "जिन",   "जिस",  "जिसका", "जिसकी", "जिसके", "जिसमें", "जिसे",  "जैसा",
    "जैसे",   "जो",    "तक",    "तथा",   "तब",    "तरह",  "तो",    "था",    "थी",   "थीं",   "थे",    "दिया",
    "दी",   "दो",    "दौरान", "द्वारा", "न",     "नहीं",  "ना",    "ने",     "पर",   "पहले",  "फिर",  "बताया",
    "बहुत",  "बाद",   "भी",    "मगर",   "में",     "मैं",    "यदि",   "यह",    "यहां",  "या",   "यानी", "ये",
    "रहा",  "रही",   "रहे",    "रहेगा",  "लिए",   "लेकर",  "लेकिन",  "व",     "वह",   "वहां",  "वाला", "वाली",
    "वाले",  "वे",     "वो",    "सकता",  "सकती",  "सकते",  "सब",    "सभी",   "साथ",  "से",    "हम",   "हमारे",
    "ही",   "हुआ",    "हुई",    "हुए",    "हूं",     "है",    "हैं",     "हो",    "होगा", "होगी", "होता", "होती",
    "होते",  "होना",  "होने",
};

static const char *const words_it[] = {
    "a",      "abbia",   "abbiamo", "ad",      "adesso",  "agli",    "ai",       "al",      "alcuna",
    "alcune", "alcuni",  "alcuno",  "alla",    "alle",    "allo",    "allora",   "altra",   "altre",
    "altri",  "altro",   "anche",   "ancora",  "anni",    "avere",   "aveva",    "avevano", "avra",
    "basta",  "ben",     "bene",    "c'e",     "che",     "chi",     "ci",       "cio",     "cioe",
    "circa",  "come",    "con",     "contro",  "cosa",    "cosi",    "cui",      "da",      "dagli",
    "dai",    "dal",     "dalla",   "dalle",   "dallo",   "davanti", "degli",    "dei",     "del",
    "della",  "delle",   "dello",   "dentro",  "di",      "dice",    "dietro",   "dire",    "disse",
    "dopo",   "dove",    "dovra",   "due",     "dunque",  "durante", "e",        "ecco",    "ed",
    "era",    "erano",   "essere",  "fa",      "fare",    "fatto",   "finche",   "fino",    "fosse",
    "fra",    "fu",      "fuori",   "gia",     "gli",     "ha",      "hai",      "hanno",   "ho",
    "i",      "il",      "in",      "infatti", "intanto", "invece",  "io",       "l",       "la",
    "le",     "lei",     "li",      "lo",      "loro",    "lui",     "lungo",    "ma",      "mai",
    "me",     "meno",    "mentre",  "mi",      "mia",     "mie",     "miei",     "mio",     "molta",
    "molte",  "molti",   "molto",   "ne",      "negli",   "nei",     "nel",      "nella",   "nelle",
    "nello",  "nemmeno", "no",      "noi",     "non",     "nostra",  "nostro",   "nulla",   "o",
    "ogni",   "ognuno",  "oltre",   "oppure",  "ora",     "parte",   "per",      "perche",  "percio",
    "pero",   "piu",     "poco",    "poi",     "possono", "potra",   "potrebbe", "prima",   "proprio",
    "puo",    "pure",    "qua",     "qualche", "quale",   "quali",   "quando",   "quanto",  "quasi",
    "quel",   "quella",  "quelle",  "quelli",  "quello",  "questa",  "queste",   "questi",  "questo",
    "qui",    "quindi",  "sara",    "saranno", "se",      "secondo", "sei",      "sempre",  "senza",
    "si",     "sia",     "siamo",   "siano",   "sono",    "sopra",   "sotto",    "stata",   "state",
    "stati",  "stato",   "su",      "sua",     "sue",     "sugli",   "sui",      "sul",     "sulla",
    "sulle",  "sullo",   "suo",     "suoi",    "tale",    "tali",    "tanto",    "te",      "ti",
    "tra",    "tre",     "troppo",  "tu",      "tua",     "tue",     "tuo",      "tutta",   "tutte",
    "tutti",  "tutto",   "un",      "una",     "uno",     "va",      "verso",    "vi",      "via",
    "viene",  "voi",
};

static const char *const words_ja[] = {
    "あ", "い", "う", "か", "が",   "き",   "く",   "け",   "こ",   "さ",   "し",
    "す", "ず", "そ", "た", "だ",   "っ",   "つ",   "て",   "で",   "と",   "として",
    "な", "に", "の", "は", "へ",   "ま",   "も",   "や",   "よ",   "ら",   "り",
    "る", "れ", "を", "ん", "今日", "午前", "午後", "同日", "明日", "昨日", "発表",
};

static const char *const words_ko[] = {
    "것은", "것을", "것이", "고있", "관련", "그가", "그는", "기자", "까지", "는",   "니다", "다고", "다는",
    "다며", "대한", "대해", "됐다", "된다", "등의", "따르", "때문", "라고", "라는", "라며", "를",   "만큼",
    "면서", "문에", "밝혔", "보다", "부터", "습니", "없다", "에게", "에서", "오는", "위해", "으로", "으며",
    "을",   "이날", "이다", "이라", "이번", "입니", "있고", "있는", "있다", "지난", "지만", "처럼", "통해",
    "하고", "하는", "하며", "한다", "한편", "했다", "했던", "했습", "혔다",
};

static const char *const words_nl[] = {
    "aan",     "achter", "af",      "al",      "alle",   "alleen",  "allemaal", "als",     "altijd",
    "ander",   "andere", "anderen", "anders",  "beide",  "bent",    "bij",      "binnen",  "boven",
    "daar",    "daarna", "daarom",  "dan",     "dat",    "de",      "deze",     "die",     "dit",
    "doch",    "doen",   "door",    "dus",     "een",    "eens",    "eerste",   "eigen",   "elk",
    "elke",    "en",     "enkele",  "er",      "erg",    "etc",     "geen",     "geweest", "gewoon",
    "haar",    "had",    "hadden",  "heb",     "hebben", "hebt",    "heeft",    "heel",    "hem",
    "hen",     "het",    "hier",    "hij",     "hoe",    "hun",     "ik",       "in",      "is",
    "ja",      "je",     "jij",     "jou",     "jouw",   "jullie",  "kan",      "kon",     "konden",
    "kunnen",  "kunt",   "laat",    "maar",    "me",     "meer",    "men",      "met",     "mij",
    "mijn",    "minder", "moest",   "moet",    "moeten", "mogen",   "na",       "naar",    "nadat",
    "net",     "niet",   "niets",   "nog",     "nooit",  "nu",      "of",       "om",      "omdat",
    "onder",   "ons",    "onze",    "ook",     "op",     "opnieuw", "over",     "per",     "reeds",
    "samen",   "sinds",  "slechts", "soms",    "te",     "tegen",   "ten",      "ter",     "terwijl",
    "toch",    "toe",    "toen",    "tot",     "tussen", "u",       "uit",      "uw",      "van",
    "vanaf",   "veel",   "via",     "volgens", "voor",   "vooral",  "waar",     "waarbij", "waarom",
    "wanneer", "want",   "waren",   "was",     "wat",    "we",      "weer",     "wel",     "welke",
    "werd",    "werden", "wie",     "wij",     "wil",    "willen",  "word",     "worden",  "wordt",
    "zal",     "ze",     "zeer",    "zegt",    "zei",    "zelf",    "zich",     "zij",     "zijn",
    "zo",      "zoals",  "zonder",  "zou",     "zouden", "zullen",
};

static const char *const words_pt[] = {
    "a",       "agora",    "ainda",   "alem",   "algo",    "alguem", "algum",    "alguma", "algumas",
    "alguns",  "ali",      "ante",    "antes",  "ao",      "aos",    "apenas",   "apos",   "aquela",
    "aquelas", "aquele",   "aqueles", "aquilo", "as",      "assim",  "ate",      "bem",    "cada",
    "com",     "como",     "contra",  "cujo",   "da",      "das",    "de",       "dela",   "delas",
    "dele",    "deles",    "depois",  "desde",  "dessa",   "desse",  "desta",    "deste",  "deve",
    "devem",   "disse",    "diz",     "dizer",  "do",      "dois",   "dos",      "duas",   "durante",
    "e",       "ela",      "elas",    "ele",    "eles",    "em",     "enquanto", "entao",  "entre",
    "era",     "eram",     "essa",    "essas",  "esse",    "esses",  "esta",     "estado", "estamos",
    "estao",   "estar",    "estas",   "estava", "estavam", "este",   "esteja",   "estes",  "esteve",
    "estou",   "eu",       "faz",     "fazer",  "foi",     "fora",   "foram",    "ha",     "havia",
    "isso",    "isto",     "ja",      "la",     "lhe",     "lhes",   "mais",     "mas",    "me",
    "meio",    "mesma",    "mesmas",  "mesmo",  "mesmos",  "meu",    "meus",     "minha",  "minhas",
    "muita",   "muitas",   "muito",   "muitos", "na",      "nada",   "nao",      "nas",    "nem",
    "nenhum",  "nenhuma",  "nessa",   "nesse",  "nesta",   "neste",  "no",       "nos",    "nossa",
    "nosso",   "nossos",   "nunca",   "o",      "onde",    "os",     "ou",       "outra",  "outras",
    "outro",   "outros",   "para",    "parte",  "pela",    "pelas",  "pelo",     "pelos",  "perante",
    "pode",    "podem",    "poder",   "pois",   "por",     "porem",  "porque",   "pouco",  "quais",
    "qual",    "qualquer", "quando",  "quanto", "que",     "quem",   "quer",     "sao",    "se",
    "segundo", "seja",     "sejam",   "sem",    "sempre",  "sendo",  "ser",      "sera",   "serao",
    "seria",   "seu",      "seus",    "si",     "sido",    "so",     "sob",      "sobre",  "somos",
    "sua",     "suas",     "tal",     "tambem", "tanto",   "tao",    "te",       "tem",    "tempo",
    "tendo",   "tenha",    "ter",     "teve",   "tinha",   "toda",   "todas",    "todo",   "todos",
    "tudo",    "um",       "uma",     "umas",   "uns",     "vai",    "vao",      "varias", "varios",
    "vez",     "voce",     "voces",
};

static const char *const words_ru[] = {
    "а",       "без",     "более",   "больше",   "будет",    "будто",    "будут",    "бы",      "был",
    "была",    "были",    "было",    "быть",     "в",        "вам",      "вас",      "ваш",     "весь",
    "во",      "вот",     "впрочем", "время",    "все",      "всегда",   "всего",    "всех",    "всю",
    "вы",      "г",       "где",     "говорит",  "год",      "года",     "году",     "да",      "даже",
    "данным",  "два",     "для",     "до",       "другие",   "других",   "другой",   "ее",      "ей",
    "ему",     "если",    "есть",    "еще",      "ею",       "же",       "за",       "зачем",   "заявил",
    "здесь",   "и",       "из",      "или",      "им",       "иногда",   "их",       "к",       "как",
    "какая",   "какой",   "когда",   "которая",  "которого", "которой",  "которую",  "которые", "который",
    "которых", "кто",     "куда",    "ли",       "лишь",     "лучше",    "между",    "меня",    "мне",
    "много",   "может",   "можно",   "мой",      "моя",      "мы",       "на",       "над",     "надо",
    "наш",     "не",      "него",    "нее",      "ней",      "нельзя",   "нет",      "нечто",   "ни",
    "нибудь",  "никогда", "ним",     "них",      "ничего",   "но",       "ну",       "о",       "об",
    "один",    "однако",  "около",   "он",       "она",      "они",      "оно",      "от",      "отметил",
    "очень",   "перед",   "по",      "под",      "пока",     "после",    "потом",    "потому",  "почти",
    "при",     "про",     "раз",     "разве",    "с",        "сам",      "самый",    "свое",    "своего",
    "своей",   "свои",    "своих",   "свой",     "свою",     "себе",     "себя",     "сегодня", "сейчас",
    "словам",  "со",      "совсем",  "сообщает", "сообщил",  "сообщила", "сообщили", "так",     "также",
    "такие",   "такой",   "там",     "тебе",     "тебя",     "тем",      "теперь",   "то",      "тогда",
    "того",    "тоже",    "той",     "только",   "том",      "тот",      "три",      "тут",     "ты",
    "у",       "уж",      "уже",     "хорошо",   "хоть",     "чего",     "чем",      "через",   "что",
    "чтоб",    "чтобы",   "чуть",    "эта",      "эти",      "этим",     "этих",     "это",     "этого",
    "этой",    "этом",    "этот",    "эту",      "я",
};

static const char *const words_tr[] = {
    "acaba",    "acikladi", "ama",        "ancak",   "artik",    "asla",    "az",       "bana",   "bazi",
    "belirtti", "belki",    "ben",        "beni",    "benim",    "beri",    "bile",     "bir",    "bircok",
    "biri",     "birkac",   "biz",        "bize",    "bizi",     "bizim",   "boyle",    "bu",     "buna",
    "bunda",    "bundan",   "bunlar",     "bunlari", "bunlarin", "bunu",    "bunun",    "burada", "cok",
    "cunku",    "da",       "daha",       "dahi",    "de",       "dedi",    "defa",     "degil",  "diger",
    "diye",     "dolayi",   "elbette",    "en",      "etmek",    "etti",    "fakat",    "gibi",   "gore",
    "halen",    "hangi",    "hatta",      "hem",     "henuz",    "hep",     "hepsi",    "her",    "herhangi",
    "herkes",   "hic",      "icin",       "ifade",   "ile",      "ilgili",  "ise",      "iste",   "kadar",
    "karsi",    "kendi",    "kendine",    "kendisi", "kez",      "ki",      "kim",      "kimi",   "kimse",
    "mi",       "mu",       "nasil",      "ne",      "neden",    "nedenle", "nerede",   "nereye", "nicin",
    "niye",     "o",        "olan",       "olarak",  "oldu",     "oldugu",  "oldugunu", "olmak",  "olmasi",
    "olmasina", "olsa",     "olur",       "on",      "ona",      "ondan",   "onlar",    "onlari", "onlarin",
    "onu",      "onun",     "orada",      "oyle",    "oysa",     "pek",     "ragmen",   "sadece", "sanki",
    "sen",      "seni",     "senin",      "sey",     "siz",      "sizi",    "sizin",    "sonra",  "soyledi",
    "su",       "sunu",     "tarafindan", "tum",     "uzere",    "var",     "ve",       "veya",   "veyahut",
    "ya",       "yani",     "yapilan",    "yapmak",  "yer",      "yine",    "yok",      "yoksa",  "zaten",
};

static const char *const words_uk[] = {
    "а",      "аби",    "або",    "адже",      "але",        "б",     "багато", "без",  "би",    "був",
    "буде",   "будемо", "будуть", "була",      "були",       "було",  "бути",   "в",    "вам",   "вас",
    "ваш",    "весь",   "вже",    "ви",        "вона",       "вони",  "воно",   "все",  "всі",   "втім",
    "від",    "він",    "г",      "де",        "для",        "до",    "же",     "з",    "за",    "заявив",
    "зі",     "й",      "його",   "йому",      "ким",        "кого",  "кожен",  "коли", "крім",  "куди",
    "лише",   "мене",   "мені",   "ми",        "може",       "можна", "моя",    "між",  "мій",   "на",
    "навіть", "над",    "нам",    "нас",       "наш",        "не",    "нема",   "нею",  "ним",   "них",
    "ну",     "ні",     "ніж",    "ніхто",     "нічого",     "о",     "об",     "один", "однак", "ось",
    "от",     "перед",  "по",     "повідомив", "повідомляє", "поки",  "потім",  "при",  "про",   "під",
    "раз",    "разом",  "роки",   "року",      "році",       "рік",   "сам",    "саме", "свого", "своєї",
    "свої",   "своїх",  "свій",   "себе",      "словами",    "собі",  "та",     "так",  "такий", "також",
    "такі",   "там",    "те",     "тебе",      "тепер",      "ти",    "тих",    "то",   "того",  "тоді",
    "той",    "тому",   "тощо",   "треба",     "тут",        "ті",    "у",      "уже",  "хоч",   "хто",
    "це",     "цей",    "цих",    "цього",     "цьому",      "цю",    "ці",     "цієї", "через", "чи",
    "чим",    "чого",   "що",     "щоб",       "щодо",       "я",     "як",     "яка",  "яке",   "який",
    "яких",   "якого",  "якої",   "якщо",      "які",        "і",     "із",     "інша", "інше",  "інші",
    "їй",     "їм",     "їх",     "їхній",     "її",
};

static const char *const words_zh[] = {
    "一个", "一個", "不会", "不是", "不會", "与",   "並",   "为了", "之",   "也",   "了",   "今天",
    "从",   "他",   "以及", "们",   "但",   "作为", "作為", "你",   "們",   "关于", "其中", "其他",
    "又",   "及",   "可以", "可能", "同时", "同時", "吗",   "吧",   "呢",   "嗎",   "因为", "因此",
    "因為", "在",   "報導", "報道", "她",   "如果", "它",   "对于", "對於", "就",   "已經", "已经",
    "并",   "很",   "從",   "成为", "成為", "我",   "或",   "才",   "把",   "报道", "指出", "据悉",
    "據悉", "方面", "日电", "日電", "明天", "昨天", "是",   "月份", "有关", "有關", "根据", "根據",
    "沒",   "沒有", "没",   "没有", "為了", "由于", "由於", "的",   "目前", "着",   "而",   "與",
    "著",   "虽然", "表示", "被",   "記者", "認為", "讓",   "认为", "让",   "记者", "还",   "还有",
    "这",   "进行", "這",   "通过", "通過", "進行", "還",   "那",   "都",   "關於", "雖然",
};

struct stopword_list {
    const char *language;
    const char *const *words;
    size_t count;
};

/* X(language) */
#define STOPWORD_LISTS(X)                                                                                    \
    X(ar) X(de) X(en) X(es) X(fr) X(hi) X(it) X(ja) X(ko) X(nl) X(pt) X(ru) X(tr) X(uk) X(zh)

static const struct stopword_list lists[] = {
#define STOPWORD_LIST(language)                                                                              \
    {#language, words_##language, sizeof(words_##language) / sizeof(words_##language[0])},
    STOPWORD_LISTS(STOPWORD_LIST)
#undef STOPWORD_LIST
};

const struct stopword_list *stopwords_find(const char *language)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (strcmp(lists[i].language, language) == 0) return &lists[i];
    return NULL;
}

/* As strcmp of word and the len bytes at text. */
static int compare(const char *word, const char *text, size_t len)
{
    int order = strncmp(word, text, len);
    return order != 0 ? order : word[len] != '\0';
}

bool stopwords_has(const struct stopword_list *list, const char *bare, size_t len)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(list->words[middle], bare, len);
        if (order == 0) return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

const char *stopwords_word(const struct stopword_list *list, size_t i)
{
    return i < list->count ? list->words[i] : NULL;
}

const char *stopwords_language(size_t i)
{
    return i < sizeof(lists) / sizeof(lists[0]) ? lists[i].language : NULL;
}
