/*
 * "banking": calls of a telephone campaign and whether the client then opened a term deposit.
 *
 * Category shares, quantiles and economic indicators are those of the UCI Bank Marketing data
 * (Moro, Cortez, Rita 2014), as aggregates; who gets which is drawn. The label follows a logistic
 * rule whose terms, in milli-logits, stand beside the shares below. Marital status, housing, loan,
 * previous and the indicators within a month have no effect of their own.
 */
#include <assert.h>

#include "data/sample.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { N_CLIENTS = 41188, N_JOBS = 12, N_EDUCATIONS = 8, N_AGE_QUANTILES = 9, INTERCEPT = -1715 };

/*
 * A month of the campaign: the five economic indicators are one state of the economy and move
 * together, and the bank's way of calling changed along with them.
 */
struct regime {
    uint16_t clients;
    char month[4];
    int16_t emp_var_tenths;
    int32_t price_thousandths;
    int16_t conf_tenths;
    int32_t employed_tenths;
    int16_t euribor_thousandths[3]; /* minimum, median, maximum */
    uint16_t cellular_permille;     /* the others were called on a telephone */
    uint16_t earlier_permille;      /* of clients known from an earlier campaign */
    uint16_t recent_permille;       /* of those, reached less than 999 days ago */
    int16_t effect;
};

static const struct regime regimes[] = {
    {267, "sep", -34, 92379, -298, 50175, {739, 781, 819}, 891, 404, 519, 450},
    {447, "oct", -34, 92431, -269, 50175, {720, 739, 754}, 872, 387, 434, 750},
    {357, "nov", -34, 92649, -301, 50175, {714, 715, 722}, 871, 549, 566, 1200},
    {172, "dec", -30, 92713, -330, 50235, {700, 714, 721}, 855, 483, 554, 700},
    {770, "aug", -29, 92201, -314, 50762, {821, 873, 884}, 912, 418, 457, 400},
    {178, "jul", -29, 92469, -336, 50762, {899, 1044, 1085}, 860, 236, 310, 550},
    {715, "jun", -29, 92963, -408, 50762, {1099, 1262, 1286}, 915, 267, 377, 900},
    {282, "mar", -18, 92843, -500, 50991, {1510, 1640, 1811}, 929, 78, 182, 2100},
    {5794, "may", -18, 92893, -462, 50991, {1244, 1291, 1354}, 923, 323, 88, -2300},
    {2458, "apr", -18, 93075, -471, 50991, {1365, 1405, 1498}, 933, 271, 101, -1150},
    {264, "mar", -18, 93369, -348, 50087, {634, 648, 655}, 848, 595, 548, 1600},
    {174, "apr", -18, 93749, -346, 50087, {635, 644, 663}, 868, 529, 522, 1200},
    {212, "may", -18, 93876, -400, 50087, {668, 684, 701}, 807, 642, 618, 1150},
    {233, "aug", -17, 94027, -383, 49916, {886, 899, 905}, 768, 588, 650, 1150},
    {229, "jun", -17, 94055, -398, 49916, {702, 732, 767}, 725, 541, 661, 700},
    {311, "jul", -17, 94215, -403, 49916, {782, 846, 899}, 794, 598, 565, 1400},
    {303, "sep", -11, 94199, -375, 49636, {876, 879, 886}, 805, 584, 593, 800},
    {204, "oct", -11, 94601, -495, 49636, {942, 987, 1045}, 843, 632, 636, 450},
    {128, "nov", -11, 94767, -508, 49636, {1028, 1045, 1050}, 906, 602, 571, 350},
    {10, "dec", -2, 92756, -459, 51763, {3053, 3526, 3816}, 200, 100, 0, 150},
    {3616, "nov", -1, 93200, -420, 51958, {3853, 4120, 4733}, 899, 202, 48, -3300},
    {67, "oct", -1, 93798, -404, 51958, {4760, 4921, 5045}, 15, 30, 0, 3900},
    {7763, "may", 11, 93994, -364, 51910, {4855, 4857, 4864}, 0, 0, 0, -3800},
    {5175, "aug", 14, 93444, -361, 52281, {4962, 4964, 4970}, 972, 0, 0, -3100},
    {6685, "jul", 14, 93918, -427, 52281, {4955, 4962, 4968}, 852, 0, 0, -3400},
    {4374, "jun", 14, 94465, -418, 52281, {4864, 4959, 4967}, 0, 0, 0, -3050},
};

struct job {
    const char *name;
    uint16_t clients;
    int16_t effect;
    uint8_t age[N_AGE_QUANTILES];
};

static const int32_t age_quantile_percent[N_AGE_QUANTILES] = {0, 1, 5, 25, 50, 75, 95, 99, 100};

static const struct job jobs[N_JOBS] = {
    {"admin.", 10422, 100, {20, 24, 27, 31, 36, 44, 55, 60, 72}},
    {"blue-collar", 9254, -250, {20, 23, 26, 33, 39, 46, 55, 59, 80}},
    {"entrepreneur", 1456, -150, {20, 25, 29, 35, 41, 49, 56, 60, 69}},
    {"housemaid", 1060, -100, {21, 25, 30, 37, 45, 53, 61, 81, 85}},
    {"management", 2924, 0, {21, 25, 29, 35, 42, 50, 58, 60, 80}},
    {"retired", 1720, 300, {23, 36, 48, 56, 59, 69, 82, 88, 98}},
    {"self-employed", 1421, -50, {21, 25, 27, 32, 39, 47, 57, 60, 71}},
    {"services", 3969, -150, {20, 23, 25, 31, 36, 45, 55, 58, 69}},
    {"student", 875, 400, {17, 18, 19, 22, 25, 29, 35, 39, 47}},
    {"technician", 6743, 50, {20, 24, 27, 32, 37, 44, 55, 59, 70}},
    {"unemployed", 1014, 200, {21, 23, 26, 32, 39, 47, 56, 59, 66}},
    {"unknown", 330, 0, {24, 24, 27, 37, 45, 53, 62, 77, 81}},
};

/* Columns as in educations below. */
static const uint16_t education_permille[N_JOBS][N_EDUCATIONS] = {
    {7, 14, 48, 319, 0, 35, 552, 24},     /* admin. */
    {250, 154, 392, 95, 1, 49, 10, 49},   /* blue-collar */
    {94, 49, 144, 161, 1, 93, 419, 39},   /* entrepreneur */
    {447, 73, 89, 164, 1, 56, 131, 40},   /* housemaid */
    {34, 29, 57, 102, 0, 30, 706, 42},    /* management */
    {347, 44, 84, 160, 2, 140, 166, 57},  /* retired */
    {65, 18, 155, 83, 2, 118, 538, 20},   /* self-employed */
    {33, 57, 98, 676, 0, 55, 44, 38},     /* services */
    {30, 15, 113, 408, 0, 49, 194, 191},  /* student */
    {9, 13, 57, 129, 0, 492, 268, 31},    /* technician */
    {110, 34, 183, 255, 0, 140, 258, 19}, /* unemployed */
    {158, 67, 94, 112, 0, 36, 136, 397},  /* unknown */
};

struct education {
    const char *name;
    uint16_t default_unknown_permille;
    int16_t effect;
};

static const struct education educations[N_EDUCATIONS] = {
    {"basic.4y", 407, -200},       {"basic.6y", 371, 0},     {"basic.9y", 269, -150},
    {"high.school", 169, -150},    {"illiterate", 389, 500}, {"professional.course", 154, -100},
    {"university.degree", 119, 0}, {"unknown", 317, -50},
};

/* For x below `below`, and not below that of the step before. */
struct step {
    int32_t below;
    int32_t effect;
};

/* The young and the old say yes more often than those between. */
static const struct step age_effect[] = {
    {22, 500},  {25, 350},  {30, 100}, {40, -150},
    {55, -350}, {60, -150}, {65, 250}, {INT32_MAX, 600},
};
static const struct step campaign_effect[] = {{2, 100}, {7, 0}, {INT32_MAX, -250}};
static const struct step pdays_effect[] = {{7, 2100}, {11, 1500}, {999, 1300}, {INT32_MAX, 0}};

/* Seconds of talk; nothing is gained beyond 25 minutes. */
static const struct ml_sample_knot duration_effect[] = {
    {0, -3200},  {60, -1800}, {120, 0},    {200, 1150},
    {320, 1700}, {500, 2950}, {800, 4750}, {1500, 5500},
};
static const struct ml_sample_knot duration_quantile[] = {
    {0, 0},      {20, 6},     {100, 11},    {300, 23},    {500, 36},    {1000, 59},
    {1500, 75},  {2000, 89},  {2500, 102},  {3000, 116},  {4000, 146},  {5000, 180},
    {6000, 222}, {7000, 280}, {7500, 319},  {8000, 368},  {8500, 439},  {9000, 551},
    {9500, 753}, {9700, 911}, {9900, 1271}, {9950, 1500}, {9990, 2176}, {10000, 4918},
};

static const char *const marital_name[] = {"divorced", "married", "single", "unknown"};
static const int32_t marital_age_below[] = {25, 30, 35, 40, 50, 60, INT32_MAX};
static const uint16_t marital_weight[][COUNT(marital_name)] = {
    {4, 133, 931, 0},       {132, 1499, 2961, 9},  {644, 4709, 3704, 28}, {800, 4977, 2065, 11},
    {1581, 7490, 1445, 10}, {1227, 5194, 421, 20}, {224, 926, 41, 2},
};

enum { NO, UNKNOWN, YES };
static const char *const answer_name[] = {"no", "unknown", "yes"};
static const int16_t default_effect[] = {0, -250, 0};
static const uint16_t housing_weight[] = {18622, 990, 21576};

static const char *const day_name[] = {"fri", "mon", "thu", "tue", "wed"};
static const uint16_t day_weight[] = {7827, 8514, 8623, 8090, 8134};
static const int16_t day_effect[] = {0, -150, 0, 50, 100};
static const int32_t telephone_effect = -380;

/* Calls 1..10; more of them by the quantiles below. */
static const uint16_t campaign_weight[] = {
    17642, 10570, 5341, 2651, 1599, 979, 629, 400, 283, 225, 869,
};
static const struct ml_sample_knot campaign_tail_quantile[] = {
    {0, 11}, {250, 12}, {500, 14}, {750, 18}, {900, 25}, {990, 36}, {1000, 56},
};

enum outcome { NONEXISTENT, FAILURE, SUCCESS };
enum { NEVER_REACHED = 999 }; /* pdays of who was not reached before */
static const char *const outcome_name[] = {"nonexistent", "failure", "success"};
static const int16_t outcome_effect[] = {0, -450, 0};
/* Days 0..27 since the last call. */
static const uint16_t pdays_weight[] = {
    15, 26, 61, 439, 118, 46, 412, 60, 18, 64, 52, 28, 58, 36,
    20, 24, 11, 8,   7,   3,  1,   2,  3,  0,  0,  1,  1,  1,
};
/* Earlier calls 1..7 after no recent call, a recent failure, a success. */
static const uint16_t previous_weight[3][7] = {
    {3696, 349, 50, 12, 2, 1, 0},
    {0, 85, 38, 18, 1, 0, 0},
    {865, 320, 128, 40, 15, 4, 1},
};

struct row {
    const struct regime *regime;
    int32_t age;
    size_t job, marital, education, in_default, housing, loan;
    size_t day;
    int32_t euribor_thousandths;
    int32_t duration_s;
    int32_t campaign;
    int32_t pdays;
    size_t previous;
    enum outcome outcome;
    bool is_cellular;
};

static const struct regime *draw_regime(struct ml_rng *rng)
{
    size_t left = ml_rng_below(rng, N_CLIENTS);
    size_t i = 0;
    while (left >= regimes[i].clients) {
        left -= regimes[i++].clients;
        assert(i < COUNT(regimes));
    }
    return &regimes[i];
}

static size_t draw_job(struct ml_rng *rng)
{
    size_t left = ml_rng_below(rng, N_CLIENTS);
    size_t i = 0;
    while (left >= jobs[i].clients) {
        left -= jobs[i++].clients;
        assert(i < N_JOBS);
    }
    return i;
}

static int32_t draw_age(struct ml_rng *rng, const struct job *job)
{
    struct ml_sample_knot knots[N_AGE_QUANTILES];
    for (size_t i = 0; i < N_AGE_QUANTILES; i++)
        knots[i] = (struct ml_sample_knot){age_quantile_percent[i], job->age[i]};
    return ml_sample_quantile(rng, knots, N_AGE_QUANTILES);
}

static size_t draw_marital(struct ml_rng *rng, int32_t age)
{
    size_t band = 0;
    while (age >= marital_age_below[band])
        band++;
    return ml_sample_pick(rng, marital_weight[band], COUNT(marital_name));
}

static void draw_client(struct row *row, struct ml_rng *rng)
{
    row->job = draw_job(rng);
    row->age = draw_age(rng, &jobs[row->job]);
    row->marital = draw_marital(rng, row->age);
    row->education = ml_sample_pick(rng, education_permille[row->job], N_EDUCATIONS);
    unsigned unknown = educations[row->education].default_unknown_permille;
    row->in_default = ml_sample_chance(rng, unknown, 1000) ? UNKNOWN : NO;
    if (ml_sample_chance(rng, 3, N_CLIENTS))
        row->in_default = YES;
    row->housing = ml_sample_pick(rng, housing_weight, COUNT(housing_weight));
    unsigned loan_permille = row->housing == YES ? 171 : 137;
    row->loan = ml_sample_chance(rng, loan_permille, 1000) ? YES : NO;
    if (row->housing == UNKNOWN) /* the bank knows both or neither */
        row->loan = UNKNOWN;
}

static void draw_call(struct row *row, struct ml_rng *rng)
{
    const struct regime *regime = row->regime;
    row->is_cellular = ml_sample_chance(rng, regime->cellular_permille, 1000);
    row->day = ml_sample_pick(rng, day_weight, COUNT(day_weight));
    row->duration_s = ml_sample_quantile(rng, duration_quantile, COUNT(duration_quantile));
    size_t calls = ml_sample_pick(rng, campaign_weight, COUNT(campaign_weight)) + 1;
    row->campaign = (int32_t)calls;
    if (calls == COUNT(campaign_weight))
        row->campaign =
            ml_sample_quantile(rng, campaign_tail_quantile, COUNT(campaign_tail_quantile));
    const struct ml_sample_knot euribor[] = {
        {0, regime->euribor_thousandths[0]},
        {50, regime->euribor_thousandths[1]},
        {100, regime->euribor_thousandths[2]},
    };
    row->euribor_thousandths = ml_sample_quantile(rng, euribor, COUNT(euribor));
}

/* pdays, previous and poutcome are three views of the same earlier campaign. */
static void draw_history(struct row *row, struct ml_rng *rng)
{
    row->pdays = NEVER_REACHED;
    row->previous = 0;
    row->outcome = NONEXISTENT;
    if (!ml_sample_chance(rng, row->regime->earlier_permille, 1000))
        return;
    size_t story = 0;
    row->outcome = FAILURE;
    if (ml_sample_chance(rng, row->regime->recent_permille, 1000)) {
        row->pdays = (int32_t)ml_sample_pick(rng, pdays_weight, COUNT(pdays_weight));
        row->outcome = ml_sample_chance(rng, 906, 1000) ? SUCCESS : FAILURE;
        story = row->outcome == SUCCESS ? 2 : 1;
    }
    row->previous = ml_sample_pick(rng, previous_weight[story], COUNT(previous_weight[0])) + 1;
}

static int32_t step_effect(const struct step *step, int32_t x)
{
    while (x >= step->below)
        step++;
    return step->effect;
}

static int32_t milli_logits(const struct row *row)
{
    int32_t z = INTERCEPT + row->regime->effect + jobs[row->job].effect;
    z += educations[row->education].effect;
    z += default_effect[row->in_default];
    z += day_effect[row->day];
    z += outcome_effect[row->outcome];
    z += row->is_cellular ? 0 : telephone_effect;
    z += step_effect(age_effect, row->age);
    z += step_effect(campaign_effect, row->campaign);
    z += step_effect(pdays_effect, row->pdays);
    return z + ml_sample_interpolate(duration_effect, COUNT(duration_effect), row->duration_s);
}

static void add_text(struct ml_strbuf *line, const char *cell)
{
    ml_strbuf_adds(line, cell);
    ml_strbuf_addc(line, ',');
}

/* value / scale (a power of ten) as the shortest decimal: -34 of 10 is -3.4, 51910 of 10 is 5191.
 */
static void add_decimal(struct ml_strbuf *line, int32_t value, int32_t scale)
{
    if (value < 0)
        ml_strbuf_addc(line, '-');
    int32_t size = value < 0 ? -value : value;
    ml_strbuf_add_u64(line, (uint64_t)(size / scale));
    int32_t rest = size % scale;
    if (rest > 0)
        ml_strbuf_addc(line, '.');
    for (; rest > 0; rest = rest % scale) {
        scale /= 10;
        ml_strbuf_addc(line, (char)('0' + rest / scale));
    }
    ml_strbuf_addc(line, ',');
}

static void add_cells(struct ml_strbuf *line, const struct row *row)
{
    const struct regime *regime = row->regime;
    add_decimal(line, row->age, 1);
    add_text(line, jobs[row->job].name);
    add_text(line, marital_name[row->marital]);
    add_text(line, educations[row->education].name);
    add_text(line, answer_name[row->in_default]);
    add_text(line, answer_name[row->housing]);
    add_text(line, answer_name[row->loan]);
    add_text(line, row->is_cellular ? "cellular" : "telephone");
    add_text(line, regime->month);
    add_text(line, day_name[row->day]);
    add_decimal(line, row->duration_s, 1);
    add_decimal(line, row->campaign, 1);
    add_decimal(line, row->pdays, 1);
    add_decimal(line, (int32_t)row->previous, 1);
    add_text(line, outcome_name[row->outcome]);
    add_decimal(line, regime->emp_var_tenths, 10);
    add_decimal(line, regime->price_thousandths, 1000);
    add_decimal(line, regime->conf_tenths, 10);
    add_decimal(line, row->euribor_thousandths, 1000);
    add_decimal(line, regime->employed_tenths, 10);
}

static void add_row(struct ml_strbuf *line, struct ml_sample_truth *truth, struct ml_rng *rng)
{
    struct row row;
    row.regime = draw_regime(rng);
    draw_client(&row, rng);
    draw_call(&row, rng);
    draw_history(&row, rng);
    add_cells(line, &row);

    uint64_t yes = ml_sample_logistic(milli_logits(&row));
    truth->label = ml_rng_next(rng) >> 32 < yes;
    truth->prob[1] = (double)yes * 0x1p-32;
    truth->prob[0] = 1 - truth->prob[1];
    ml_strbuf_addc(line, truth->label == 1 ? '1' : '0');
}

const struct ml_sample_kind ml_sample_banking = {
    .name = "banking",
    .header =
        "age,job,marital,education,default,housing,loan,contact,month,day_of_week,duration,"
        "campaign,pdays,previous,poutcome,emp_var_rate,cons_price_idx,cons_conf_idx,euribor3m,"
        "nr_employed,y",
    .default_rows = N_CLIENTS,
    .n_classes = 2,
    .add_row = add_row,
};
