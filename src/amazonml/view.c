/* Entities as the API shows them. */
#include <math.h>
#include <string.h>

#include "amazonml/control.h"

enum how {
    TEXT, /* a string */
    TIME, /* seconds since 1970, with milliseconds */
    NUMBER,
    FLAG,
};

enum {
    ALL = 15,
    DS = 1 << ML_AML_DATA_SOURCE,
    ML = 1 << ML_AML_MODEL,
    EV = 1 << ML_AML_EVALUATION,
    BP = 1 << ML_AML_BATCH,
    ANY_VIEW = 7,
    PEAK_REQUESTS = 200
};

static const struct shown {
    const char *member;
    unsigned kinds;
    unsigned views;
    enum how how;
    int field; /* enum ml_aml_text or ml_aml_number, by how */
} shown[] = {
    {"MLModelId", EV | BP, ANY_VIEW, TEXT, ML_AML_MODEL_ID},
    {"TrainingDataSourceId", ML, ANY_VIEW, TEXT, ML_AML_SOURCE_ID},
    {"EvaluationDataSourceId", EV, ANY_VIEW, TEXT, ML_AML_SOURCE_ID},
    {"BatchPredictionDataSourceId", BP, ANY_VIEW, TEXT, ML_AML_SOURCE_ID},
    {"DataLocationS3", DS, ANY_VIEW, TEXT, ML_AML_LOCATION},
    {"InputDataLocationS3", ML | EV | BP, ANY_VIEW, TEXT, ML_AML_LOCATION},
    {"OutputUri", BP, ANY_VIEW, TEXT, ML_AML_OUTPUT},
    {"DataRearrangement", DS, ANY_VIEW, TEXT, ML_AML_REARRANGEMENT},
    {"MLModelType", ML, ANY_VIEW, TEXT, ML_AML_TYPE},
    {"Name", ALL, ANY_VIEW, TEXT, ML_AML_NAME},
    {"Message", ALL, ANY_VIEW, TEXT, ML_AML_MESSAGE},
    {"CreatedAt", ALL, ANY_VIEW, TIME, ML_AML_CREATED},
    {"LastUpdatedAt", ALL, ANY_VIEW, TIME, ML_AML_UPDATED},
    {"StartedAt", ALL, ANY_VIEW, TIME, ML_AML_STARTED},
    {"FinishedAt", ALL, ANY_VIEW, TIME, ML_AML_FINISHED},
    {"ComputeTime", ALL, ANY_VIEW, NUMBER, ML_AML_COMPUTE},
    {"DataSizeInBytes", DS, ANY_VIEW, NUMBER, ML_AML_BYTES},
    {"NumberOfFiles", DS, ANY_VIEW, NUMBER, ML_AML_FILES},
    {"ComputeStatistics", DS, ANY_VIEW, FLAG, ML_AML_STATISTICS},
    {"SizeInBytes", ML, ANY_VIEW, NUMBER, ML_AML_BYTES},
    {"ScoreThreshold", ML, ANY_VIEW, NUMBER, ML_AML_THRESHOLD},
    {"ScoreThresholdLastUpdatedAt", ML, ANY_VIEW, TIME, ML_AML_THRESHOLD_UPDATED},
    {"TotalRecordCount", BP, ANY_VIEW, NUMBER, ML_AML_RECORDS},
    {"InvalidRecordCount", BP, ANY_VIEW, NUMBER, ML_AML_INVALID},
    {"DataSourceSchema", DS, ML_AML_VERBOSE, TEXT, ML_AML_SCHEMA},
    {"Recipe", ML, ML_AML_VERBOSE, TEXT, ML_AML_RECIPE},
};

static void add_time(struct ml_strbuf *buf, double ms)
{
    double seconds = floor(ms / 1000.0);
    ml_strbuf_addf(buf, "%.0f.%03.0f", seconds, ms - seconds * 1000.0);
}

static void add(struct ml_strbuf *buf, const struct shown *s, const struct ml_aml_entity *e)
{
    bool is_text = s->how == TEXT;
    const char *text = is_text ? e->text[s->field] : NULL;
    double number = is_text ? NAN : e->number[s->field];
    if (is_text ? text == NULL : isnan(number))
        return;
    ml_json_add_key(buf, s->member);
    switch (s->how) {
    case TEXT:
        ml_json_adds(buf, text);
        break;
    case TIME:
        add_time(buf, number);
        break;
    case NUMBER:
        ml_json_add_number(buf, number);
        break;
    case FLAG:
        ml_strbuf_adds(buf, number != 0.0 ? "true" : "false");
        break;
    }
}

void ml_aml_write_endpoint(struct ml_strbuf *buf, const struct ml_aml_entity *e)
{
    enum ml_aml_endpoint state = (enum ml_aml_endpoint)atomic_load(&e->endpoint);
    bool is_there = state != ML_AML_ENDPOINT_NONE;
    ml_strbuf_addc(buf, '{');
    ml_json_key_count(buf, "PeakRequestsPerSecond", is_there ? PEAK_REQUESTS : 0);
    if (is_there && ml_aml_has(e, ML_AML_ENDPOINT_CREATED)) {
        ml_json_add_key(buf, "CreatedAt");
        add_time(buf, e->number[ML_AML_ENDPOINT_CREATED]);
    }
    if (is_there && e->text[ML_AML_URL] != NULL)
        ml_json_key_string(buf, "EndpointUrl", e->text[ML_AML_URL]);
    ml_json_key_string(buf, "EndpointStatus", ml_aml_endpoint_name(state));
    ml_strbuf_addc(buf, '}');
}

static void add_model(struct ml_strbuf *buf, struct ml_aml_records *records,
                      const struct ml_aml_entity *e, enum ml_aml_view view)
{
    ml_json_add_key(buf, "EndpointInfo");
    ml_aml_write_endpoint(buf, e);
    ml_json_add_key(buf, "TrainingParameters");
    ml_aml_write_parameters(buf, e->text[ML_AML_PARAMETERS]);
    if (view == ML_AML_IN_LIST)
        ml_json_key_string(buf, "Algorithm", "sgd");
    const struct ml_aml_entity *source =
        ml_aml_records_find(records, ML_AML_DATA_SOURCE, e->text[ML_AML_SOURCE_ID]);
    if (view == ML_AML_VERBOSE && source != NULL && source->text[ML_AML_SCHEMA] != NULL)
        ml_json_key_string(buf, "Schema", source->text[ML_AML_SCHEMA]);
}

void ml_aml_write_entity(struct ml_strbuf *buf, struct ml_aml_records *records,
                         const struct ml_aml_entity *e, enum ml_aml_view view)
{
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, ml_aml_kinds[e->kind].id, e->id);
    ml_json_key_string(buf, "Status", ml_aml_status_name(e->status));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        if ((shown[i].kinds & 1u << e->kind) != 0 && (shown[i].views & (unsigned)view) != 0)
            add(buf, &shown[i], e);
    if (e->kind == ML_AML_MODEL)
        add_model(buf, records, e, view);
    if (e->kind == ML_AML_EVALUATION && e->text[ML_AML_METRICS] != NULL) {
        ml_json_add_key(buf, "PerformanceMetrics");
        ml_strbuf_adds(buf, "{\"Properties\":");
        ml_strbuf_adds(buf, e->text[ML_AML_METRICS]);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, '}');
}
