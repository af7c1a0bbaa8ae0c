/*
 * redis_tls - TLS on a connected socket, by OpenSSL, for servers and Sentinels.
 *
 * hiredis has TLS of its own from 1.0 on, Debian 12 ships 0.14: so the bytes go through here and hiredis'
 * reader parses them. TLS 1.2 and up; the server's certificate is always checked, and its name too. The
 * certificate files are read at every connect, so renewed ones count from the next connection on.
 */
#ifndef NW_CONSUMERS_REDIS_TLS_H
#define NW_CONSUMERS_REDIS_TLS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "consumers/options.h"

struct redis_tls;

/* The handshake, under the socket's own timeouts. host: as connected to; its certificate has to name it, or
 * options->tls_server_name. NW_ERR_REFUSED: files that cannot be used, a certificate that is not trusted.
 * NW_ERR_UNAVAILABLE: the connection broke or was too slow. error gets a sentence. */
enum nw_err redis_tls_open(const struct redis_options *options, int fd, const char *host,
                           struct redis_tls **out, char *error, size_t error_size) NW_MUST_CHECK;
/* Does not close the socket. */
void redis_tls_free(struct redis_tls *tls);

/* As send() and recv(): -1 with errno, EAGAIN when the socket's timeout is over; recv gives 0 at the end. */
ssize_t redis_tls_send(struct redis_tls *tls, const void *bytes, size_t len);
ssize_t redis_tls_receive(struct redis_tls *tls, void *bytes, size_t size);

#endif
