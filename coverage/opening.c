#include "coverage/opening.h"

#include <string.h>
#include <strings.h>

/* Words separated by single spaces, without marks that ASCII does not have. */
static const struct {
    const char *language, *words;
} leaning[] = {
    {"en", "he she it they his her hers its their theirs him them this that these those but and or so yet "
           "however also meanwhile still then there such both neither instead nevertheless moreover "
           "furthermore additionally afterwards later earlier another others here we our i my you your"},
    {"de",
     "er sie es ihr ihre sein seine dies diese dieser dieses das aber und oder doch dennoch jedoch auch "
     "dabei dazu damit daher danach dagegen deshalb darum dann dort hier so wir ich man allerdings "
     "zudem ausserdem denn beide"},
    {"fr", "il elle ils elles ce cet cette ces cela ceci mais et ou donc or car aussi ainsi toutefois "
           "cependant pourtant ensuite puis alors nous je on son sa ses leur leurs celui celle ceux"},
    {"es", "esto esta este estos estas eso esa ese esos esas pero y o sin tambien asi ademas entonces "
           "luego ellos ellas ella su sus nosotros yo aunque"},
    {"it", "egli lui lei loro esso essa questo questa questi queste ma e o anche inoltre tuttavia quindi "
           "poi allora suo sua suoi noi io"},
    {"pt", "ele ela eles elas isto isso este esta esse essa mas e ou e tambem assim entretanto porem "
           "contudo seu sua seus nos eu"},
    {"nl", "hij zij ze het dit dat deze die maar en of ook toch daarom daarna daarbij zo wij we ik er hun "
           "zijn haar"},
};

static bool is_quote(const char *text)
{
    static const char *const marks[] = {"\"",       "\xE2\x80\x9C", "\xE2\x80\x9E",
                                        "\xC2\xAB", "\xE2\x80\x98", "'"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0) return true;
    return false;
}

static bool in_list(const char *words, const char *word, size_t len)
{
    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == len && strncasecmp(at, word, len) == 0) return true;
    return false;
}

bool opening_leans(const char *text, const char *language)
{
    if (is_quote(text)) return true;
    size_t len = strcspn(text, " ,.'\xE2");
    for (size_t i = 0; i < sizeof(leaning) / sizeof(leaning[0]); i++)
        if (strcmp(leaning[i].language, language) == 0) return in_list(leaning[i].words, text, len);
    return false;
}
