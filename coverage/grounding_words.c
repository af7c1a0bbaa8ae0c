#include "coverage/grounding_words.h"

#include <string.h>

/* Words separated by single spaces, so that a table is easy to read and to add to. */
struct language_words {
    const char *language, *words;
};

/* "word=value" */
static const struct language_words numbers[] = {
    {"en",
     "two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 "
     "fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30 forty=40 "
     "fifty=50 sixty=60 seventy=70 eighty=80 ninety=90 hundred=100 hundreds=100 dozen=12 dozens=12 "
     "thousand=1000 thousands=1000"},
    {"de",
     "zwei=2 drei=3 vier=4 funf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwolf=12 dreizehn=13 "
     "vierzehn=14 funfzehn=15 sechzehn=16 siebzehn=17 achtzehn=18 neunzehn=19 zwanzig=20 dreissig=30 "
     "vierzig=40 funfzig=50 sechzig=60 siebzig=70 achtzig=80 neunzig=90 hundert=100 hunderte=100 dutzend=12 "
     "dutzende=12 tausend=1000 tausende=1000"},
    {"fr", "deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12 treize=13 "
           "quatorze=14 quinze=15 seize=16 vingt=20 trente=30 quarante=40 cinquante=50 soixante=60 cent=100 "
           "cents=100 centaines=100 douzaine=12 mille=1000 milliers=1000"},
    {"es",
     "dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 once=11 doce=12 trece=13 "
     "catorce=14 quince=15 dieciseis=16 diecisiete=17 dieciocho=18 diecinueve=19 veinte=20 treinta=30 "
     "cuarenta=40 cincuenta=50 sesenta=60 setenta=70 ochenta=80 noventa=90 cien=100 ciento=100 cientos=100 "
     "docena=12 docenas=12 mil=1000 miles=1000"},
};

static const struct language_words magnitudes[] = {
    {"en", "k=e3 m=e6 mn=e6 mln=e6 million=e6 millions=e6 b=e9 bn=e9 bln=e9 billion=e9 billions=e9 tn=e12 "
           "trillion=e12 trillions=e12"},
    {"de",
     "mio=e6 million=e6 millionen=e6 mrd=e9 milliarde=e9 milliarden=e9 bio=e12 billion=e12 billionen=e12"},
    {"fr", "m=e6 million=e6 millions=e6 mds=e9 milliard=e9 milliards=e9 billion=e12 billions=e12"},
    {"es", "m=e6 millon=e6 millones=e6 billon=e12 billones=e12"},
};

static const struct language_words openers[] = {
    {"en",
     "according activists additionally agencies ahead amid analysts another articles authorities aside "
     "breaking "
     "citing commentators coverage critics crowds currently details despite earlier economists eventually "
     "experts faced families finally following forces further furthermore government governments headlines "
     "however instead investigators investors key later lawmakers leaders leading left local many meanwhile "
     "media members ministers moreover nevertheless no observers officials once opponents opposition outlets "
     "overall police politicians prosecutors protesters recent reporters reports researchers residents right "
     "scientists separately several since some sources spokespeople state still supporters though today "
     "together traders under unions voters while witnesses workers"},
    {"de",
     "angesichts auch ausserdem beamte behorden bereits bislang danach dagegen daher dennoch derzeit "
     "experten "
     "fachleute insgesamt inzwischen jedoch kritiker laut medien nach neben polizei regierung seit trotz "
     "unterdessen viele wahrend zudem zuvor"},
    {"fr",
     "ainsi apres autorites avant cependant certains depuis enfin ensuite experts face gouvernement les "
     "malgre opposition plusieurs police pourtant selon toutefois"},
    {"es",
     "ademas ante antes autoridades criticos desde despues durante expertos finalmente gobierno mientras "
     "muchos oposicion policia segun sin tambien tras varios"},
};

static const char orders[] =
    "ignore ignores disregard forget override bypass ignoriere ignorieren vergiss vergesse "
    "missachte ignorez oublie oubliez ignora ignorad ignoren olvida olvide ignorare "
    "dimentica esqueca negeer vergeet";
static const char instructions[] =
    "instruction instructions prompt prompts directives guidelines anweisung anweisungen "
    "instruktionen consigne consignes instruccion instrucciones istruzioni instrucoes "
    "instructies";

/* The entry "word" or "word=..." of a list: what is behind the word; NULL when it is not there. */
static const char *find(const char *list, const char *word, size_t len)
{
    for (const char *at = list; *at; at += strcspn(at, " "), at += *at == ' ') {
        size_t entry = strcspn(at, " =");
        if (entry == len && memcmp(at, word, len) == 0) return at + entry;
    }
    return NULL;
}

static const char *words_of(const struct language_words *tables, size_t count, const char *language)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tables[i].language, language) == 0) return tables[i].words;
    return "";
}

#define WORDS_OF(tables, language) words_of(tables, sizeof(tables) / sizeof(*(tables)), language)

/* Behind "=", up to the next space of the list. */
static const char *value(const char *found)
{
    return found && *found == '=' ? found + 1 : NULL;
}

const char *grounding_words_number(const char *language, const char *bare, size_t len)
{
    return value(find(WORDS_OF(numbers, language), bare, len));
}

const char *grounding_words_magnitude(const char *language, const char *bare, size_t len)
{
    return value(find(WORDS_OF(magnitudes, language), bare, len));
}

bool grounding_words_is_opener(const char *language, const char *bare, size_t len)
{
    return find(WORDS_OF(openers, language), bare, len) != NULL;
}

bool grounding_words_is_order(const char *bare, size_t len)
{
    return find(orders, bare, len) != NULL;
}

bool grounding_words_is_instruction(const char *bare, size_t len)
{
    return find(instructions, bare, len) != NULL;
}
