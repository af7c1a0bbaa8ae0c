/* summary_prompt - the built-in prompt: config/summary_prompt.txt, as bytes with a NUL behind them. */
#ifndef NW_CONSUMERS_SUMMARY_PROMPT_H
#define NW_CONSUMERS_SUMMARY_PROMPT_H

#include <stddef.h>

extern const char summary_prompt[];
extern const size_t summary_prompt_len;

#endif
