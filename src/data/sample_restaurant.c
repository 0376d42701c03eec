/*
 * "restaurant": how a guest of some age, gender and budget rates a place of some price and cuisine.
 * The rule is a list, first match wins: dear is 0, a favourite cuisine is 2, a large purse is 2,
 * fifty or older is 0, else 1. A row follows it 85 times in 100, else shows one of the other two
 * ratings.
 */
#include "data/sample.h"

enum { N_GENDERS = 2, N_BUDGETS = 3, N_PRICES = 3, N_CUISINES = 10, N_RATINGS = 3 };
enum { LOW, MEDIUM, HIGH };
enum { RULE_PERCENT = 85, SENIOR_AGE = 50 };

static const char *const gender_name[N_GENDERS] = {"female", "male"};
static const char *const level_name[N_BUDGETS] = {"low", "medium", "high"};
static const uint16_t budget_percent[N_BUDGETS] = {30, 50, 20};
static const uint16_t price_percent[N_PRICES] = {35, 43, 22};
static const char *const cuisine_name[N_CUISINES] = {
    "Mexican", "Bar",      "Fast_Food", "Cafeteria", "Seafood",
    "Chinese", "American", "Pizzeria",  "Japanese",  "Italian",
};
static const uint16_t cuisine_percent[N_CUISINES] = {22, 14, 12, 10, 10, 8, 7, 6, 6, 5};
static const bool is_favourite[N_CUISINES] = {
    true, false, false, false, true, false, false, false, true, true,
};
/*
 * Students and people of their parents' age. One in five is SENIOR_AGE or more, and few are about
 * that old, so that twenty quantile bins have an edge near the rule's.
 */
static const struct ml_sample_knot age_quantile[] = {
    {0, 18}, {15, 22}, {45, 29}, {65, 35}, {75, 42}, {80, 50}, {85, 54}, {95, 62}, {100, 75},
};

struct row {
    int32_t age;
    size_t gender, budget, price, cuisine;
};

static struct row draw_row(struct ml_rng *rng)
{
    struct row row;
    row.age = ml_sample_quantile(rng, age_quantile, sizeof(age_quantile) / sizeof(age_quantile[0]));
    row.gender = ml_rng_below(rng, N_GENDERS);
    row.budget = ml_sample_pick(rng, budget_percent, N_BUDGETS);
    row.price = ml_sample_pick(rng, price_percent, N_PRICES);
    row.cuisine = ml_sample_pick(rng, cuisine_percent, N_CUISINES);
    return row;
}

static unsigned rule(const struct row *row)
{
    if (row->price == HIGH)
        return 0;
    if (is_favourite[row->cuisine] || row->budget == HIGH)
        return 2;
    return row->age >= SENIOR_AGE ? 0 : 1;
}

static unsigned draw_rating(struct ml_rng *rng, unsigned expected)
{
    if (ml_sample_chance(rng, RULE_PERCENT, 100))
        return expected;
    return (expected + 1 + (unsigned)ml_rng_below(rng, N_RATINGS - 1)) % N_RATINGS;
}

static void add_row(struct ml_strbuf *line, struct ml_sample_truth *truth, struct ml_rng *rng)
{
    struct row row = draw_row(rng);
    unsigned expected = rule(&row);
    for (unsigned k = 0; k < N_RATINGS; k++)
        truth->prob[k] = (k == expected ? RULE_PERCENT : (100 - RULE_PERCENT) / 2.0) / 100;
    truth->label = draw_rating(rng, expected);
    ml_strbuf_add_u64(line, (uint64_t)row.age);
    const char *const cells[] = {gender_name[row.gender], level_name[row.budget],
                                 level_name[row.price], cuisine_name[row.cuisine]};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        ml_strbuf_addc(line, ',');
        ml_strbuf_adds(line, cells[i]);
    }
    ml_strbuf_addc(line, ',');
    ml_strbuf_add_u64(line, truth->label);
}

const struct ml_sample_kind ml_sample_restaurant = {
    .name = "restaurant",
    .header = "age,gender,budget,price,cuisine_type,rating",
    .default_rows = 5000,
    .n_classes = N_RATINGS,
    .add_row = add_row,
};
