#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include "articles/dense_vector.h"
#include "stories/dense_centroid.h"
#include "stories/dense_mean.h"

enum { COUNT = 384, MODEL = 7, OTHER_MODEL = 8, PACKED_MAX = 16 * 1024 };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
    return *seed;
}

static double random_number(uint64_t *seed)
{
    return (double)(next_random(seed) % 2000001) / 1e6 - 1;
}

/* A unit vector near base (NULL: anywhere). */
static void random_direction(uint64_t *seed, const double *base, double spread, double out[COUNT])
{
    double squares = 0;
    for (int i = 0; i < COUNT; i++) {
        out[i] = (base != NULL ? base[i] : 0) + spread * random_number(seed);
        squares += out[i] * out[i];
    }
    for (int i = 0; i < COUNT; i++) out[i] /= sqrt(squares);
}

static double cosine(const double *a, const double *b)
{
    double dot = 0, x = 0, y = 0;
    for (int i = 0; i < COUNT; i++) dot += a[i] * b[i], x += a[i] * a[i], y += b[i] * b[i];
    return dot / sqrt(x * y);
}

static struct dense_vector quantised(const double numbers[COUNT], int8_t values[COUNT])
{
    assert_true(dense_vector_quantise(numbers, COUNT, values));
    return (struct dense_vector){.values = values, .count = COUNT, .model = MODEL};
}

/* ---- quantisation ---- */

static void the_largest_number_becomes_127(void **state)
{
    (void)state;
    static const double numbers[] = {0.5, -1e-9, -0.25, 0.0019};
    int8_t out[4];
    assert_true(dense_vector_quantise(numbers, 4, out));
    assert_int_equal(out[0], 127);
    assert_int_equal(out[1], 0);
    assert_int_equal(out[2], -64);
    assert_int_equal(out[3], 0);
    static const double negative[] = {1e300, -1e307};
    assert_true(dense_vector_quantise(negative, 2, out));
    assert_int_equal(out[1], -127);
}

static void numbers_without_a_direction_are_refused(void **state)
{
    (void)state;
    const double bad[][2] = {{0, 0}, {1, NAN}, {INFINITY, 1}};
    int8_t out[2];
    for (size_t i = 0; i < 3; i++) assert_false(dense_vector_quantise(bad[i], 2, out));
    assert_false(dense_vector_quantise(NULL, 0, out));
}

static void quantisation_moves_a_cosine_by_less_than_half_a_hundredth(void **state)
{
    (void)state;
    uint64_t seed = 20261127;
    print_message("seed %llu\n", (unsigned long long)seed);
    double worst = 0;
    for (int round = 0; round < 200; round++) {
        double a[COUNT], b[COUNT];
        int8_t qa[COUNT], qb[COUNT];
        random_direction(&seed, NULL, 1, a);
        random_direction(&seed, a, 0.001 * (round + 1), b);
        struct dense_vector x = quantised(a, qa), y = quantised(b, qb);
        struct dense_centroid *cx = NULL, *cy = NULL;
        dense_centroid_add(&cx, &x);
        dense_centroid_add(&cy, &y);
        double found = dense_centroid_cosine(cx, cy), true_cosine = cosine(a, b);
        worst = fmax(worst, fabs(found - true_cosine));
        free(cx);
        free(cy);
    }
    print_message("the worst is off by %.4f\n", worst);
    assert_true(worst < 0.005);
}

/* ---- centroids ---- */

static void the_order_of_members_does_not_matter(void **state)
{
    (void)state;
    enum { MEMBERS = 40 };
    uint64_t seed = 4;
    double base[COUNT], numbers[COUNT];
    int8_t values[MEMBERS][COUNT];
    struct dense_vector vectors[MEMBERS];
    random_direction(&seed, NULL, 1, base);
    for (int i = 0; i < MEMBERS; i++) {
        random_direction(&seed, base, 0.1, numbers);
        vectors[i] = quantised(numbers, values[i]);
    }
    struct dense_centroid *forth = NULL, *back = NULL, *left = NULL, *right = NULL;
    for (int i = 0; i < MEMBERS; i++) {
        dense_centroid_add(&forth, &vectors[i]);
        dense_centroid_add(&back, &vectors[MEMBERS - 1 - i]);
        dense_centroid_add(i % 3 == 0 ? &left : &right, &vectors[i]);
    }
    dense_centroid_merge(&left, right);
    assert_int_equal(forth->taught, MEMBERS);
    assert_memory_equal(forth, back, dense_centroid_bytes(forth));
    assert_memory_equal(forth, left, dense_centroid_bytes(forth));
    free(forth);
    free(back);
    free(left);
    free(right);
}

static void a_centroid_of_384_numbers_takes_less_than_a_kilobyte(void **state)
{
    (void)state;
    uint64_t seed = 5;
    double numbers[COUNT];
    int8_t values[COUNT];
    random_direction(&seed, NULL, 1, numbers);
    struct dense_vector vector = quantised(numbers, values);
    struct dense_centroid *centroid = NULL;
    assert_int_equal(dense_centroid_bytes(NULL), 0);
    dense_centroid_add(&centroid, &vector);
    assert_true(dense_centroid_bytes(centroid) < 1024);
    free(centroid);
}

static void sums_never_overflow(void **state)
{
    (void)state;
    int8_t values[COUNT] = {127}; /* all its length in one number: the worst there is */
    struct dense_vector vector = {.values = values, .count = COUNT, .model = MODEL};
    struct dense_centroid *a = NULL, *b = NULL;
    for (int i = 0; i < 2 * DENSE_TAUGHT_MAX; i++) {
        dense_centroid_add(&a, &vector);
        dense_centroid_add(&b, &vector);
    }
    assert_int_equal(a->taught, DENSE_TAUGHT_MAX);
    assert_int_equal(a->sums[0], 127 * DENSE_TAUGHT_MAX);
    dense_centroid_merge(&a, b);
    assert_int_equal(a->sums[0], INT16_MAX);
    assert_int_equal(a->taught, 2 * DENSE_TAUGHT_MAX);
    assert_true(fabs(dense_centroid_cosine(a, b) - 1) < 1e-12);
    free(a);
    free(b);
}

static void vectors_of_two_models_or_lengths_are_never_compared(void **state)
{
    (void)state;
    static const int8_t values[] = {1, 2, 3};
    const struct dense_vector mine = {values, 3, MODEL}, other_model = {values, 3, OTHER_MODEL},
                              other_length = {values, 2, MODEL}, none = {0};
    struct dense_centroid *a = NULL, *b = NULL, *c = NULL, *nothing = NULL;
    dense_centroid_add(&a, &mine);
    dense_centroid_add(&b, &other_model);
    dense_centroid_add(&c, &other_length);
    dense_centroid_add(&nothing, &none);
    assert_null(nothing);
    assert_true(dense_centroid_cosine(a, b) == DENSE_NO_COSINE);
    assert_true(dense_centroid_cosine(a, c) == DENSE_NO_COSINE);
    assert_true(dense_centroid_cosine(a, NULL) == DENSE_NO_COSINE);
    /* Merged, the one that is there stays; an article of a new model begins anew. */
    dense_centroid_merge(&a, b);
    assert_int_equal(a->model, MODEL);
    assert_int_equal(a->taught, 1);
    dense_centroid_add(&a, &other_model);
    assert_int_equal(a->model, OTHER_MODEL);
    assert_int_equal(a->taught, 1);
    dense_centroid_merge(&nothing, a);
    assert_memory_equal(nothing, a, dense_centroid_bytes(a));
    free(a);
    free(b);
    free(c);
    free(nothing);
}

static void vectors_that_cancel_out_have_no_cosine(void **state)
{
    (void)state;
    static const int8_t up[] = {5, -9}, down[] = {-5, 9};
    const struct dense_vector x = {up, 2, MODEL}, y = {down, 2, MODEL};
    struct dense_centroid *sum = NULL, *one = NULL;
    dense_centroid_add(&sum, &x);
    dense_centroid_add(&sum, &y);
    dense_centroid_add(&one, &x);
    assert_true(sum->norm == 0);
    assert_true(dense_centroid_cosine(sum, one) == DENSE_NO_COSINE);
    free(sum);
    free(one);
}

/* ---- means ---- */

enum { STORIES = 300 };

/* Stories of one to three vectors that all lie near base. */
static void make_stories(uint64_t *seed, const double base[COUNT], double spread,
                         struct dense_centroid *out[STORIES])
{
    for (int i = 0; i < STORIES; i++) {
        double own[COUNT], numbers[COUNT];
        int8_t values[COUNT];
        out[i] = NULL;
        random_direction(seed, base, spread, own);
        for (int member = 0; member <= i % 3; member++) {
            random_direction(seed, own, 0.02, numbers);
            struct dense_vector vector = quantised(numbers, values);
            dense_centroid_add(&out[i], &vector);
        }
    }
}

static void free_stories(struct dense_centroid *stories[STORIES])
{
    for (int i = 0; i < STORIES; i++) free(stories[i]);
}

static double mean_cosine(const struct dense_mean *mean, const struct dense_centroid *a,
                          const struct dense_centroid *b)
{
    return dense_mean_cosine(mean, a, dense_mean_along(mean, a), b);
}

static void cosines_are_of_what_is_left_without_the_mean(void **state)
{
    (void)state;
    uint64_t seed = 11;
    double base[COUNT], common[COUNT] = {0}, x[COUNT], y[COUNT];
    double vectors = DENSE_MEAN_PRIOR;
    struct dense_centroid *stories[STORIES];
    struct dense_mean mean = {0};
    random_direction(&seed, NULL, 1, base);
    make_stories(&seed, base, 0.05, stories);
    for (int i = 0; i < STORIES; i++) {
        dense_mean_add(&mean, stories[i]);
        vectors += stories[i]->taught;
        for (int k = 0; k < COUNT; k++) common[k] += stories[i]->sums[k];
    }
    for (int k = 0; k < COUNT; k++) common[k] /= vectors;
    dense_mean_settle(&mean);
    for (int i = 1; i < STORIES; i++) {
        for (int k = 0; k < COUNT; k++) {
            x[k] = stories[0]->sums[k] - stories[0]->taught * common[k];
            y[k] = stories[i]->sums[k] - stories[i]->taught * common[k];
        }
        assert_true(fabs(mean_cosine(&mean, stories[0], stories[i]) - cosine(x, y)) < 0.001);
    }
    dense_mean_fini(&mean);
    free_stories(stories);
}

static void what_all_texts_have_in_common_does_not_make_them_alike(void **state)
{
    (void)state;
    uint64_t seed = 12;
    double base[COUNT];
    struct dense_centroid *stories[STORIES];
    struct dense_mean mean = {0};
    random_direction(&seed, NULL, 1, base);
    make_stories(&seed, base, 0.05, stories);
    for (int i = 0; i < STORIES; i++) dense_mean_add(&mean, stories[i]);
    dense_mean_settle(&mean);
    assert_true(dense_centroid_cosine(stories[0], stories[1]) > 0.7);
    assert_true(mean_cosine(&mean, stories[0], stories[1]) < 0.3);
    assert_true(fabs(mean_cosine(&mean, stories[0], stories[0]) - 1) < 1e-9);
    dense_mean_fini(&mean);
    free_stories(stories);
}

static void a_mean_depends_on_the_stories_that_are_there_alone(void **state)
{
    (void)state;
    uint64_t seed = 13;
    struct dense_centroid *stories[STORIES];
    struct dense_mean forth = {0}, back = {0};
    make_stories(&seed, NULL, 1, stories);
    for (int i = 0; i < STORIES; i++) dense_mean_add(&forth, stories[i]);
    dense_mean_settle(&forth);
    for (int i = 0; i < STORIES; i += 2) dense_mean_remove(&forth, stories[i]);
    for (int i = STORIES - 1; i > 0; i -= 2) dense_mean_add(&back, stories[i]);
    dense_mean_settle(&forth);
    dense_mean_settle(&back);
    for (int i = 1; i < STORIES; i++)
        assert_true(mean_cosine(&forth, stories[0], stories[i]) ==
                    mean_cosine(&back, stories[0], stories[i]));
    for (int i = 1; i < STORIES; i += 2) dense_mean_remove(&forth, stories[i]);
    assert_int_equal(forth.count, 0);
    assert_true(mean_cosine(&forth, stories[0], stories[1]) == dense_centroid_cosine(stories[0], stories[1]));
    dense_mean_fini(&forth);
    dense_mean_fini(&back);
    free_stories(stories);
}

static void each_model_has_a_mean_of_its_own(void **state)
{
    (void)state;
    static const int8_t up[] = {5, 1, 1}, down[] = {1, 5, 1};
    const struct dense_vector x = {up, 3, MODEL}, y = {down, 3, MODEL}, other = {up, 3, OTHER_MODEL};
    struct dense_centroid *a = NULL, *b = NULL, *c = NULL;
    struct dense_mean alone = {0}, both = {0};
    dense_centroid_add(&a, &x);
    dense_centroid_add(&b, &y);
    dense_centroid_add(&c, &other);
    dense_mean_add(&alone, a);
    dense_mean_add(&both, a);
    dense_mean_add(&both, c);
    dense_mean_add(&both, NULL);
    dense_mean_settle(&alone);
    dense_mean_settle(&both);
    assert_int_equal(both.count, 2);
    assert_true(mean_cosine(&both, a, b) == mean_cosine(&alone, a, b));
    assert_true(mean_cosine(&both, a, c) == DENSE_NO_COSINE);
    assert_true(mean_cosine(&both, a, NULL) == DENSE_NO_COSINE);
    dense_mean_fini(&alone);
    dense_mean_fini(&both);
    free(a);
    free(b);
    free(c);
}

/* ---- state ---- */

static void a_centroid_is_restored_exactly(void **state)
{
    (void)state;
    uint64_t seed = 6;
    uint8_t bytes[PACKED_MAX];
    struct dense_centroid *centroid = NULL, *back;
    assert_ptr_equal(dense_centroid_pack(NULL, bytes), bytes + 1);
    assert_ptr_equal(dense_centroid_unpack(bytes, bytes + 1, &back), bytes + 1);
    assert_null(back);
    for (int member = 0; member < 300; member++) {
        double numbers[COUNT];
        int8_t values[COUNT];
        random_direction(&seed, NULL, 1, numbers);
        struct dense_vector vector = quantised(numbers, values);
        dense_centroid_add(&centroid, &vector);
        const uint8_t *end = dense_centroid_pack(centroid, bytes);
        assert_true((size_t)(end - bytes) <= dense_centroid_packed_max(centroid));
        assert_ptr_equal(dense_centroid_unpack(bytes, end, &back), end);
        assert_memory_equal(back, centroid, dense_centroid_bytes(centroid));
        free(back);
    }
    free(centroid);
}

static void damaged_state_is_refused(void **state)
{
    (void)state;
    static const int8_t values[] = {100, -100, 3};
    const struct dense_vector vector = {values, 3, MODEL};
    uint8_t bytes[64], copy[64];
    struct dense_centroid *centroid = NULL, *back;
    dense_centroid_add(&centroid, &vector);
    size_t len = (size_t)(dense_centroid_pack(centroid, bytes) - bytes);
    assert(len > 0);
    for (size_t cut = 0; cut < len; cut++) {
        assert_null(dense_centroid_unpack(bytes, bytes + cut, &back));
        assert_null(back);
    }
    uint64_t seed = 20261127;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 20000; round++) {
        memcpy(copy, bytes, len);
        for (uint64_t n = next_random(&seed) % 3 + 1; n > 0; n--)
            copy[next_random(&seed) % len] = (uint8_t)next_random(&seed);
        const uint8_t *end = dense_centroid_unpack(copy, copy + len, &back);
        if (end == NULL) assert_null(back);
        if (back != NULL)
            assert_true(back->taught > 0 && back->taught <= DENSE_MERGED_MAX && back->model != 0);
        free(back);
    }
    free(centroid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_number_becomes_127),
        cmocka_unit_test(numbers_without_a_direction_are_refused),
        cmocka_unit_test(quantisation_moves_a_cosine_by_less_than_half_a_hundredth),
        cmocka_unit_test(the_order_of_members_does_not_matter),
        cmocka_unit_test(a_centroid_of_384_numbers_takes_less_than_a_kilobyte),
        cmocka_unit_test(sums_never_overflow),
        cmocka_unit_test(vectors_of_two_models_or_lengths_are_never_compared),
        cmocka_unit_test(vectors_that_cancel_out_have_no_cosine),
        cmocka_unit_test(cosines_are_of_what_is_left_without_the_mean),
        cmocka_unit_test(what_all_texts_have_in_common_does_not_make_them_alike),
        cmocka_unit_test(a_mean_depends_on_the_stories_that_are_there_alone),
        cmocka_unit_test(each_model_has_a_mean_of_its_own),
        cmocka_unit_test(a_centroid_is_restored_exactly),
        cmocka_unit_test(damaged_state_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
