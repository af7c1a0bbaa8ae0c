#include "consumers/redis_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

struct redis_tls {
    SSL_CTX *context;
    SSL *ssl;
};

void redis_tls_free(struct redis_tls *tls)
{
    if (tls == NULL) return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->context);
    free(tls);
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* OpenSSL's own words for what failed last. */
static enum nw_err refuse(char *error, size_t size, const char *what, const char *name)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    snprintf(error, size, "%s %.150s: %s", what, name, reason != NULL ? reason : "cannot be used");
    ERR_clear_error();
    return NW_ERR_REFUSED;
}

static enum nw_err load_files(const struct redis_options *options, SSL_CTX *context, char *error, size_t size)
{
    const char *ca = options->tls_ca_file, *certificate = options->tls_certificate_file;
    const char *key = given(options->tls_key_file) ? options->tls_key_file : certificate;
    if (given(ca) ? SSL_CTX_load_verify_locations(context, ca, NULL) != 1
                  : SSL_CTX_set_default_verify_paths(context) != 1)
        return refuse(error, size, "redis.tls_ca_file", given(ca) ? ca : "(the system's)");
    if (!given(certificate)) return NW_OK;
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
        return refuse(error, size, "redis.tls_certificate_file", certificate);
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return refuse(error, size, "redis.tls_key_file", key);
    return NW_OK;
}

/* Whom we want to talk to: sent (SNI) and checked. Addresses are no server names. */
static bool expect_name(SSL *ssl, const char *name)
{
    unsigned char ignored[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, ignored) == 1 || inet_pton(AF_INET6, name, ignored) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    /* The macro casts, and only reads: NOLINTNEXTLINE(clang-diagnostic-cast-qual) */
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static enum nw_err shake_hands(struct redis_tls *tls, const char *name, char *error, size_t size)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_connect(tls->ssl);
    if (result == 1) return NW_OK;
    int kind = SSL_get_error(tls->ssl, result);
    long verified = SSL_get_verify_result(tls->ssl);
    if (verified != X509_V_OK) {
        snprintf(error, size, "certificate of %.150s: %s", name, X509_verify_cert_error_string(verified));
        return NW_ERR_REFUSED;
    }
    if (kind == SSL_ERROR_SSL) return refuse(error, size, "TLS with", name);
    snprintf(error, size, "TLS handshake %s", kind == SSL_ERROR_WANT_READ ? "timed out" : "broken off");
    return NW_ERR_UNAVAILABLE;
}

enum nw_err redis_tls_open(const struct redis_options *options, int fd, const char *host,
                           struct redis_tls **out, char *error, size_t error_size)
{
    const char *name = given(options->tls_server_name) ? options->tls_server_name : host;
    struct redis_tls *tls = nw_calloc(1, sizeof(*tls));
    ERR_clear_error();
    enum nw_err err = NW_ERR_REFUSED;
    tls->context = SSL_CTX_new(TLS_client_method());
    if (tls->context == NULL) {
        err = refuse(error, error_size, "OpenSSL", "");
        goto free_tls;
    }
    SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
    SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
    /* A blocking socket: whole records are read, whatever TLS itself exchanges in between. */
    SSL_CTX_set_mode(tls->context, SSL_MODE_AUTO_RETRY);
    err = load_files(options, tls->context, error, error_size);
    if (err != NW_OK) goto free_tls;
    tls->ssl = SSL_new(tls->context);
    if (tls->ssl == NULL || SSL_set_fd(tls->ssl, fd) != 1 || !expect_name(tls->ssl, name)) {
        err = refuse(error, error_size, "redis.tls_server_name", name);
        goto free_tls;
    }
    err = shake_hands(tls, name, error, error_size);
    if (err != NW_OK) goto free_tls;
    *out = tls;
    return NW_OK;
free_tls:
    redis_tls_free(tls);
    return err;
}

/* Of a call that did not succeed: 0 at the end, else -1 with errno. */
static ssize_t failure(const struct redis_tls *tls, int result)
{
    int kind = SSL_get_error(tls->ssl, result);
    ERR_clear_error();
    if (kind == SSL_ERROR_ZERO_RETURN) return 0;
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
        errno = EAGAIN;
    else if (kind != SSL_ERROR_SYSCALL || errno == 0)
        errno = ECONNRESET;
    return -1;
}

ssize_t redis_tls_send(struct redis_tls *tls, const void *bytes, size_t len)
{
    errno = 0;
    int n = SSL_write(tls->ssl, bytes, len > INT_MAX ? INT_MAX : (int)len);
    return n > 0 ? n : failure(tls, n);
}

ssize_t redis_tls_receive(struct redis_tls *tls, void *bytes, size_t size)
{
    errno = 0;
    int n = SSL_read(tls->ssl, bytes, size > INT_MAX ? INT_MAX : (int)size);
    return n > 0 ? n : failure(tls, n);
}
