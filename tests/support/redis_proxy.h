/*
 * redis_proxy - a unix socket in front of another that can lose things, for tests of lost replies.
 *
 * A thread of its own; one connection at a time is enough for a store. Bytes pass until the armed fault
 * meets the word in what the client sends.
 */
#ifndef NW_TESTS_REDIS_PROXY_H
#define NW_TESTS_REDIS_PROXY_H

enum proxy_fault {
    PROXY_LOSE_REPLY,    /* the command reaches the server, its reply does not reach the client */
    PROXY_LOSE_COMMAND,  /* what holds the word is thrown away and the connection cut */
    PROXY_DELAY_COMMAND, /* the client is cut off at once; the server gets the bytes at redis_proxy_release()
                          */
};

struct redis_proxy;

/* Listens on <folder>/proxy. */
struct redis_proxy *redis_proxy_start(const char *folder, const char *server_socket);
void redis_proxy_stop(struct redis_proxy *proxy);
const char *redis_proxy_socket(const struct redis_proxy *proxy);
/* Once, at the next "word" from the client. */
void redis_proxy_arm(struct redis_proxy *proxy, enum proxy_fault fault, const char *word);
/* Lets a delayed command go and waits until the server has answered it. */
void redis_proxy_release(struct redis_proxy *proxy);

#endif
