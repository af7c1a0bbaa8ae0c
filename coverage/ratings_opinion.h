/*
 * ratings_opinion - the words and scales of raters, mapped to our labels.
 *
 * A label is compared by its letters only ("Left-Center" = "left center"). Several opinions
 * ("allsides=-2.1;adfontes=-9;mbfc=-3.5") are each mapped to a label by the rater's own published
 * scale and the labels averaged, a half rounding towards the center:
 *   AllSides -6..6: from 1 lean, from 3 side. Media Bias/Fact Check -10..10: from 2 lean, from 5
 *   side, from 8 far. Ad Fontes -42..42: from 6 lean, from 18 side, from 30 far.
 * Labels that say something else than left or right (satire, pro-science, mixed) are read as unrated.
 * Errors are false with one phrase in reason; outputs are then untouched.
 */
#ifndef NW_COVERAGE_RATINGS_OPINION_H
#define NW_COVERAGE_RATINGS_OPINION_H

#include <stdbool.h>
#include <stddef.h>

#include "coverage/ratings.h"

enum { RATINGS_OPINION_REASON = 160 };

/* "" and what raters write for "not rated" give BIAS_UNRATED. */
bool ratings_opinion_bias(const char *text, enum bias *out, char reason[RATINGS_OPINION_REASON]);
bool ratings_opinion_factuality(const char *text, enum factuality *out, char reason[RATINGS_OPINION_REASON]);
bool ratings_opinion_ownership(const char *text, enum ownership *out, char reason[RATINGS_OPINION_REASON]);

#endif
