/*
 * agency - news agencies: their names in credits and the domains of their own sites.
 *
 * Used for whose text a reprint is, and for preferring the title of a wire service.
 */
#ifndef NW_COVERAGE_AGENCY_H
#define NW_COVERAGE_AGENCY_H

#include <stddef.h>

enum { AGENCY_NONE = 0 };

/* A number for the agency whose site this is ("reuters.com"), AGENCY_NONE when it is none's. */
unsigned agency_of_source(const char *source);
/* The same number from a name in a credit ("AFP", "Agence France-Presse"); only letters count. */
unsigned agency_of_name(const char *name, size_t len);

#endif
