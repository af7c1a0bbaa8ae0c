/*
 * dashboard - the files of dashboard/, built into the binary by cmake/embed.cmake.
 */
#ifndef NW_DAEMON_DASHBOARD_H
#define NW_DAEMON_DASHBOARD_H

#include <stddef.h>

extern const char dashboard_html[], dashboard_css[], dashboard_js[];
extern const size_t dashboard_html_len, dashboard_css_len, dashboard_js_len;

/* Nothing from elsewhere, nothing inline: text that gets into the page cannot become a script. */
#define DASHBOARD_POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "           \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#endif
