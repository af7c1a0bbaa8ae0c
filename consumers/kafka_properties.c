#include "consumers/kafka_properties.h"

#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

static const struct {
    const char *name, *reason;
} refused[] = {
#define REFUSED_ROW(name, reason) {name, reason},
    KAFKA_REFUSED_PROPERTIES(REFUSED_ROW)
#undef REFUSED_ROW
};

const char *kafka_property_refused(const char *name)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (strcmp(refused[i].name, name) == 0) return refused[i].reason;
    size_t len = strlen(name);
    if (len > 3 && strcmp(name + len - 3, "_cb") == 0) return "callbacks are newswired's own";
    return NULL;
}

static enum nw_err check_one(rd_kafka_conf_t *scratch, const struct kafka_property *property, char *error,
                             size_t error_size)
{
    const char *reason = kafka_property_refused(property->name);
    if (reason != NULL) {
        snprintf(error, error_size, "kafka.properties: \"%s\" is not allowed: %s", property->name, reason);
        return NW_ERR_REFUSED;
    }
    char ignored[512]; /* it may repeat the value */
    switch (rd_kafka_conf_set(scratch, property->name, property->value, ignored, sizeof(ignored))) {
    case RD_KAFKA_CONF_OK:
        return NW_OK;
    case RD_KAFKA_CONF_UNKNOWN:
        snprintf(error, error_size, "kafka.properties: librdkafka %s has no property \"%s\"",
                 rd_kafka_version_str(), property->name);
        return NW_ERR_INPUT;
    default:
        snprintf(error, error_size, "kafka.properties: librdkafka does not take the value of \"%s\"",
                 property->name);
        return NW_ERR_INPUT;
    }
}

enum nw_err kafka_properties_check(const struct kafka_property *properties, size_t count, char *error,
                                   size_t error_size)
{
    enum nw_err err = NW_OK;
    rd_kafka_conf_t *scratch = rd_kafka_conf_new();
    for (size_t i = 0; i < count && err == NW_OK; i++)
        err = check_one(scratch, &properties[i], error, error_size);
    rd_kafka_conf_destroy(scratch);
    return err;
}
